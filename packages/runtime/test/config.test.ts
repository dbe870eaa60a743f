import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  createLogger,
  flag,
  integer,
  listenFault,
  loadConfig,
  payloadKeys,
  port,
  probablyMeant,
  warnOfMisspelled,
} from '../src/index.ts';

const schema = z.object({
  API_PORT: port(3000).describe('TCP port to listen on'),
  API_TOKENS: z.string().default('').describe('Tokens of callers'),
  REDIS_URL: z.url().default('redis://127.0.0.1').describe('Redis of the queue'),
  PAYLOAD_KEY: payloadKeys().describe('Key of the secrets in a job'),
  SPARE: flag(true).describe('Keep a second Chromium'),
  WAIT_MS: integer(5, 1).describe('How long to wait, ms'),
  DECODE: z.enum(['all', 'key-frames']).default('all').describe('What is decoded'),
});
const load = (env: Record<string, string>) => loadConfig(schema, { PAYLOAD_KEY: 'SECRETKEY', ...env });

describe('a wrong variable is refused with its name, its value and what to set', () => {
  test.each<[Record<string, string>, string]>([
    [{ API_PORT: 'abc' }, 'API_PORT=abc is wrong: it must be a whole number, from 0 to 65535 (TCP port to listen on)'],
    [{ API_PORT: '70000' }, 'API_PORT=70000 is wrong: it must be a whole number, from 0 to 65535'],
    [{ API_PORT: '1.5' }, 'API_PORT=1.5 is wrong: it must be a whole number'],
    [{ WAIT_MS: '0' }, 'WAIT_MS=0 is wrong: it must be a whole number, 1 or more (How long to wait, ms)'],
    [{ SPARE: 'maybe' }, 'SPARE=maybe is wrong: it must be one of true, 1, yes, on'],
    [{ DECODE: 'some' }, 'DECODE=some is wrong: it must be one of all, key-frames (What is decoded)'],
    [{ PAYLOAD_KEY: '' }, 'PAYLOAD_KEY is required: make one with `openssl rand -base64 32`'],
    [{ PAYLOAD_KEY: '', PAYLOAD_KEYS: 'x' }, 'PAYLOAD_KEYS is set: is that what you meant?'],
    [{ PAYLOAD_KEY: ',,' }, 'PAYLOAD_KEY is wrong: it must have at least 1 item, separated by commas'],
    [{ REDIS_URL: 'redis://:SECRET/x@h' }, 'REDIS_URL is wrong: it must be a URL; in a user name or password write'],
    [{ API_PORT: 'x', WAIT_MS: 'y' }, '; WAIT_MS=y is wrong'],
  ])('%j', (env, message) => {
    expect(() => load(env)).toThrow(
      expect.objectContaining({ code: 'InvalidConfiguration', message: expect.stringContaining(message) }),
    );
    expect(() => load(env)).not.toThrow(/SECRET/);
  });
});

describe('NAME_FILE', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'config-'));
    await writeFile(path.join(dir, 'key'), 'from-file\n');
  });
  afterAll(() => rm(dir, { recursive: true }));

  test('gives the value of NAME', () => {
    const env = { PAYLOAD_KEY_FILE: path.join(dir, 'key') };
    expect(loadConfig(schema, env)).toMatchObject({ PAYLOAD_KEY: ['from-file'] });
  });
  test('that cannot be read is refused, and so is NAME beside it', () => {
    expect(() => loadConfig(schema, { PAYLOAD_KEY_FILE: '/no/such' })).toThrow(/PAYLOAD_KEY_FILE=\/no\/such cannot be/);
    expect(() => load({ PAYLOAD_KEY_FILE: path.join(dir, 'key') })).toThrow(/both set/);
  });
});

describe('names that look like typing errors', () => {
  const warned = (env: Record<string, string>): unknown[] => {
    const lines: unknown[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    warnOfMisspelled(schema, env, createLogger({ app: 'test', destination }));
    return lines;
  };
  test.each([
    ['API_TOKEN', 'API_TOKENS'],
    ['API_TOKESN', 'API_TOKENS'],
    ['APITOKENS', 'API_TOKENS'],
    ['api_tokens', 'API_TOKENS'],
    ['REDIS_URI', 'REDIS_URL'],
    ['PAYLOADKEYS', 'PAYLOAD_KEY'],
    ['PAYLOAD_KEY_FILES', undefined],
    ['DECODER', 'DECODE'],
  ])('%s: %s', (name, meant) => {
    expect(warned({ [name]: 'x' })).toEqual(
      meant === undefined ? [] : [expect.objectContaining({ level: 'warn', variable: name, meant })],
    );
  });
  test('no warning of what is known, of files, of other programs, or where the right one is set', () => {
    const env = { API_TOKENS: 'a', API_TOKENS_FILE: '', PATH: '', HOME: '', NODE_ENV: '', DEBUG: '', REDIS_HOST: '' };
    expect(warned({ ...env, API_TOKEN: 'b' })).toEqual([]);
  });
  test('a swap and a missing letter count as one error each', () => {
    expect(probablyMeant('Mdoe', ['Mode'])).toBe('Mode');
    expect(probablyMeant('Mod', ['Mode'])).toBe('Mode');
    expect(probablyMeant('Node', ['Mode', 'Modes'])).toBe('Mode');
    expect(probablyMeant('Maud', ['Mode'])).toBeUndefined();
  });
});

test('a port that is taken is named, with what to do', async () => {
  const first = createServer().listen(0, '127.0.0.1');
  await once(first, 'listening');
  const at = { host: '127.0.0.1', port: (first.address() as AddressInfo).port };
  const second = createServer().listen(at.port, at.host);
  const [error] = (await once(second, 'error')) as [Error];
  first.close();
  const fault = listenFault(error, { ...at, hostName: 'API_HOST', portName: 'API_PORT' });
  expect(fault.code).toBe('InvalidConfiguration');
  expect(fault.message).toBe(`API_PORT=${at.port} is in use by another process: stop that one, or set another port`);
});
