import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigSchema as apiSchema } from '../../apps/api/src/config.ts';
import { ConfigSchema as workerSchema } from '../../apps/worker/src/config.ts';
import { parseDockerfile, type Instruction, type Stage } from './dockerfile.ts';

const root = path.join(import.meta.dirname, '..', '..');
const source = readFileSync(path.join(root, 'deploy/Dockerfile'), 'utf8');
const stages = parseDockerfile(source);
const stage = (name: string): Stage => {
  const found = stages.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no stage ${name}`);
  return found;
};
/** A stage's instructions after those of the stages it starts from. */
const inherited = (name: string): Instruction[] => {
  const { from, instructions } = stage(name);
  return [...(stages.some((other) => other.name === from) ? inherited(from) : []), ...instructions];
};
const of = (name: string, instruction: string) => inherited(name).filter((one) => one.name === instruction);
const last = (name: string, instruction: string) => of(name, instruction).at(-1);

const targets = {
  api: 'apps/api/src/main.ts',
  worker: 'apps/worker/src/main.ts',
  notifier: 'apps/notifier/src/main.ts',
  sandbox: 'packages/stack/src/dev/main.ts',
};

describe.each(Object.entries(targets))('image %s', (name, main) => {
  test('runs a main.ts that exists, compiled', () => {
    expect(existsSync(path.join(root, main))).toBe(true);
    expect(last(name, 'CMD')?.words.slice(0, 2)).toEqual([
      'node',
      main.replace('/src/', '/dist/').replace('.ts', '.js'),
    ]);
  });
  test('runs unprivileged, to the end', () => {
    const user = inherited(name).findLastIndex((one) => one.name === 'USER');
    expect(inherited(name)[user]?.words).toEqual(['node']);
    expect(
      inherited(name)
        .slice(user)
        .map((one) => one.name),
    ).not.toContain('RUN');
  });
  test('has tini for process 1, which takes SIGTERM', () => {
    expect(last(name, 'ENTRYPOINT')?.words).toEqual(['/usr/bin/tini', '--']);
    expect(last(name, 'STOPSIGNAL')?.words).toEqual(['SIGTERM']);
  });
  test('installs no package meant for development, and runs no install script', () => {
    const packages = stage(`${name}-packages`).instructions.filter((one) => one.name === 'RUN');
    expect(packages).toHaveLength(1);
    expect(packages[0]?.text).toMatch(/^npm ci --omit=dev --ignore-scripts /);
    expect(last(name, 'ENV')?.text).not.toMatch(/(KEY|SECRET|TOKEN|PASSWORD)=/);
  });
});

test('every file that is copied from the context exists, and is not kept out of it', () => {
  const copied = stages.flatMap(({ instructions }) =>
    instructions
      .filter((one) => one.name === 'COPY' && one.flags['from'] === undefined)
      .flatMap((one) => one.words.slice(0, -1)),
  );
  expect(copied.length).toBeGreaterThan(10);
  expect(copied.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  const kept = readFileSync(path.join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  expect(copied.filter((file) => !kept.some((entry) => file === entry || file.startsWith(`${entry}/`)))).toEqual([]);
});

test('every stage that is copied or started from exists', () => {
  const names = new Set(stages.map(({ name }) => name));
  const used = stages.flatMap(({ instructions }) => instructions.flatMap(({ flags }) => flags['from'] ?? []));
  expect(used.filter((name) => !names.has(name))).toEqual([]);
  const bases = stages.map(({ from }) => from).filter((from) => !names.has(from));
  expect(new Set(bases)).toEqual(new Set(['${NODE_IMAGE}']));
  expect(source).toMatch(/^ARG NODE_IMAGE=node:24-/m);
});

test('npm is told of every workspace', () => {
  const workspaces = ['apps', 'packages'].flatMap((folder) =>
    readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}/package.json`),
  );
  const copied = stage('manifests').instructions.flatMap((one) => (one.name === 'COPY' ? one.words.slice(0, -1) : []));
  expect(workspaces.filter((manifest) => !copied.includes(manifest))).toEqual([]);
});

test('what the worker image sets are variables that the worker reads', () => {
  const set = of('worker', 'ENV').flatMap(({ words }) => words.map((word) => word.split('=')[0] ?? ''));
  expect(set.filter((name) => !['NODE_ENV', 'HOME'].includes(name) && !(name in workerSchema.shape))).toEqual([]);
  expect(set).toEqual(expect.arrayContaining(['CHROMIUM_PATH', 'FFMPEG_PATH', 'FFPROBE_PATH', 'WORK_DIR']));
});

test('the port of the API is its default, and its health is asked there', () => {
  const port = String(apiSchema.shape.API_PORT.parse(undefined));
  expect(last('api', 'EXPOSE')?.words).toEqual([port]);
  expect(last('api', 'HEALTHCHECK')?.text).toContain(`process.env.API_PORT || ${port}}/readyz`);
});

test.each(['worker', 'notifier'])('the health of the %s is asked at the port of its metrics', (name) => {
  const [port] = last(name, 'EXPOSE')?.words ?? [];
  expect(last(name, 'ENV')?.words).toContain(`METRICS_PORT=${port}`);
  expect(last(name, 'HEALTHCHECK')?.text).toContain('process.env.METRICS_PORT}/healthz');
});
