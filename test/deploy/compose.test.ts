import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { deployed } from '../docs/kit/processes.ts';
import { parseDockerfile } from './dockerfile.ts';

const root = path.join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

const ServiceSchema = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  container_name: z.never().optional(),
  profiles: z.array(z.string()).optional(),
  user: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  shm_size: z.string().optional(),
  stop_grace_period: z.string().regex(/^\d+s$/),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string(), required: z.boolean() })).default({}),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.array(z.string()),
});
const compose = z
  .object({ services: z.record(z.string(), ServiceSchema), volumes: z.record(z.string(), z.null()) })
  .parse(parse(read('docker-compose.yml'), { merge: true }));
const service = (name: string) => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
};

/** What the images set, or what must differ from replica to replica. */
const NOT_PASSED_ON = [
  'API_HOST',
  'WORKER_ID',
  'WORK_DIR',
  'CHROMIUM_PATH',
  'FFMPEG_PATH',
  'FFPROBE_PATH',
  'DRAIN_GRACE_MS',
  'METRICS_HOST',
  'METRICS_PORT',
];

describe.each([...deployed])('service $name', ({ name, schema }) => {
  const { build, environment, depends_on, stop_grace_period, profiles } = service(name);
  test('is built from its target', () => {
    expect(build).toEqual({ context: '.', dockerfile: 'deploy/Dockerfile', target: name });
    expect(parseDockerfile(read('deploy/Dockerfile')).map((stage) => stage.name)).toContain(name);
    expect(profiles).toBeUndefined();
  });
  test('is given every variable it reads, and no other', () => {
    const wanted = Object.keys(schema.shape).filter((variable) => !NOT_PASSED_ON.includes(variable));
    expect(Object.keys(environment).sort()).toEqual(wanted.sort());
  });
  test('starts when Redis is ready, and may drain before it is killed', () => {
    // Not required: with an external Redis the profile of the local one is off.
    expect(depends_on['redis']).toEqual({ condition: 'service_healthy', required: false });
    const { DRAIN_GRACE_MS } = z.object({ DRAIN_GRACE_MS: z.number() }).parse({
      DRAIN_GRACE_MS: (schema.shape['DRAIN_GRACE_MS'] as z.ZodType).parse(undefined),
    });
    expect(Number.parseInt(stop_grace_period) * 1000).toBeGreaterThan(DRAIN_GRACE_MS);
  });
  test('has no secret in the file: they come from .env', () => {
    const literal = Object.entries(environment).filter(
      ([variable, value]) => /KEY|SECRET|TOKEN/.test(variable) && value !== null && !value.startsWith('${'),
    );
    expect(literal).toEqual([]);
    expect(environment['PAYLOAD_KEY']).toMatch(/^\$\{PAYLOAD_KEY:\?/);
  });
});

test('Redis keeps what it is told', () => {
  const { command = [], volumes, healthcheck } = service('redis');
  const option = (name: string) => command[command.indexOf(`--${name}`) + 1];
  expect(option('appendonly')).toBe('yes');
  expect(option('maxmemory-policy')).toBe('noeviction');
  expect(volumes).toEqual(['redis:/data']);
  expect(healthcheck?.test).toEqual(['CMD', 'redis-cli', 'ping']);
});

test('the API is published on its port, on loopback unless asked otherwise', () => {
  const { ports, environment } = service('api');
  expect(ports).toEqual(['${API_PUBLISH:-127.0.0.1:3000}:3000']);
  expect(environment['API_PORT']).toBe('3000');
});

test('workers can be scaled: no name and no port of their own, spools that all of them see, memory for Chromium', () => {
  const worker = service('worker');
  expect(worker.ports).toEqual([]);
  expect(worker.environment).not.toHaveProperty('WORKER_ID');
  expect(worker.volumes).toEqual(['${WORK_DIR:-${CFS_PATH:-spools}}:/var/lib/trtc-recorder']);
  expect(worker.shm_size).toBe('1gb');
});

test('the sandbox starts only when it is asked for, on the loopback it insists on', () => {
  const sandbox = service('sandbox');
  expect(sandbox.profiles).toEqual(['sandbox']);
  expect(sandbox.network_mode).toBe('host');
  expect(sandbox.depends_on).toEqual({});
});

/** As compose fills in `${NAME:-default}` and `${NAME:+replacement}`, innermost first. */
function interpolated(text: string, env: Readonly<Record<string, string>>): string {
  const inner = /\$\{(\w+)(:[-+])([^${}]*)\}/;
  const next = text.replace(inner, (_, name: string, how: string, other: string) =>
    how === ':-' ? env[name] || other : env[name] ? other : '',
  );
  return next === text ? text : interpolated(next, env);
}

describe('over several machines, with the .env that README describes', () => {
  const worker = service('worker');
  const at = (env: Record<string, string>) => ({
    spools: interpolated(worker.volumes[0] ?? '', env),
    CFS_PATH: interpolated(worker.environment['CFS_PATH'] ?? '', env),
  });
  const inside = '/var/lib/trtc-recorder';
  test.each([
    [{}, { spools: `spools:${inside}`, CFS_PATH: '' }],
    [{ WORK_DIR: '/mnt/share' }, { spools: `/mnt/share:${inside}`, CFS_PATH: '' }],
    [{ CFS_PATH: '/mnt/cfs' }, { spools: `/mnt/cfs:${inside}`, CFS_PATH: inside }],
  ])('%j', (env, expected) => {
    expect(at(env)).toEqual(expected);
  });
  test('SPOOL_COPY is what .env says: off on one machine, else the default of the worker', () => {
    expect(worker.environment['SPOOL_COPY']).toBeNull();
    expect(read('.env.example')).toMatch(/^COMPOSE_PROFILES=local-redis\nSPOOL_COPY=off$/m);
  });
  test('Redis starts only where its profile is on', () => {
    expect(service('redis').profiles).toEqual(['local-redis']);
    expect(worker.environment['REDIS_URL']).toBe('${REDIS_URL:-redis://redis:6379}');
  });
});

test('every volume is declared', () => {
  const used = Object.values(compose.services).flatMap(({ volumes }) =>
    volumes.map((volume) => interpolated(volume, {}).split(':')[0]),
  );
  expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)));
});

test('.env stays out of version control and of the images', () => {
  expect(read('.gitignore').split('\n')).toContain('.env');
  expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['*', '**/.env*']));
});
