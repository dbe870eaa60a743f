import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '@trtc-recorder/runtime';
import { ConfigSchema } from '../src/config.ts';
import { settingsOf } from '../src/settings.ts';
import { api, payloadKey, request } from './helpers.ts';

const settings = (env: Record<string, string>) =>
  settingsOf(loadConfig(ConfigSchema, { PAYLOAD_KEY: payloadKey, ...env }));
const basic = (password: string) => `Basic ${Buffer.from(`anyone:${password}`).toString('base64')}`;

describe('with tokens', () => {
  const at = api({ API_TOKENS: 'token-one, token-two' });
  const guarded = [
    '/metrics',
    '/v1/recordings',
    '/v1/statistics',
    '/v1/recordings/x',
    '/admin/queues',
    '/admin/queues/api/queues',
  ];

  test.each(guarded)('%s asks for one', async (url) => {
    for (const authorization of [
      undefined,
      'Bearer wrong',
      'Bearer ',
      basic('wrong'),
      'Digest token-one',
      'token-one',
    ]) {
      const answer = await at.app.inject({ url, headers: { ...(authorization !== undefined && { authorization }) } });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
      expect(answer.json()).toMatchObject({ Error: { Code: 'Unauthorized' } });
    }
  });

  test.each(['Bearer token-one', 'bearer token-two', basic('token-one'), basic('token-two')])(
    '%s lets in, to Bull Board as well',
    async (authorization) => {
      const headers = { authorization };
      expect((await at.app.inject({ url: '/v1/statistics', headers })).statusCode).toBe(200);
      expect((await at.app.inject({ url: '/admin/queues/api/queues', headers })).statusCode).toBe(200);
    },
  );

  test('a submission asks for one before it looks at the request', async () => {
    expect((await at.app.inject({ method: 'POST', url: '/', payload: {} })).statusCode).toBe(401);
  });

  test('health needs none', async () => {
    expect((await at.app.inject('/healthz')).statusCode).toBe(200);
    expect((await at.app.inject('/readyz')).statusCode).toBe(200);
  });

  test('the same Idempotency-Key of two callers gives two recordings', async () => {
    const send = async (token: string) =>
      (
        await at.app.inject({
          method: 'POST',
          url: '/v1/recordings',
          payload: request(),
          headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'same' },
        })
      ).json<{ RequestId: string }>().RequestId;
    const one = await send('token-one');
    expect(await send('token-two')).not.toBe(one);
    expect(await send('token-one')).toBe(one);
  });

  test('no token is logged', () => {
    expect(at.log()).not.toContain('token-one');
  });
});

describe('without tokens', () => {
  const at = api();
  test('every documented route is there', async () => {
    const page = await readFile(path.join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
    const routes = [...page.matchAll(/^\| `(GET|POST|PATCH) (\S+)`/gm)].map(([, method = '', url = '']) => ({
      method,
      url,
    }));
    expect(routes.length).toBeGreaterThan(10);
    for (const route of routes) expect([route.url, await answers(route)]).toEqual([route.url, true]);
  });
  const answers = async ({ method, url }: { method: string; url: string }) => {
    const answer = await at.app.inject({ method: method as 'GET', url: url.replace(':requestId', 'r') });
    return !answer.body.includes('no such route');
  };

  test.each([
    ['localhost:3000', 200],
    ['127.0.0.1:3000', 200],
    ['[::1]:3000', 200],
    ['rebound.example.com', 401],
    ['10.0.0.5:3000', 401],
  ])('a request to %s gets %i', async (host, status) => {
    expect((await at.app.inject({ url: '/v1/statistics', headers: { host } })).statusCode).toBe(status);
  });

  test.each(['0.0.0.0', '10.0.0.5', '::', 'api.example.com'])('listening on %s is refused', (host) => {
    expect(() => settings({ API_HOST: host })).toThrow(expect.objectContaining({ code: 'InvalidConfiguration' }));
  });

  test('it listens on loopback; with tokens, everywhere', () => {
    expect(settings({}).host).toBe('127.0.0.1');
    expect(settings({ API_HOST: '::1' }).host).toBe('::1');
    expect(settings({ API_TOKENS: 't' }).host).toBe('0.0.0.0');
    expect(settings({ API_TOKENS: 't', API_HOST: '10.0.0.5' }).host).toBe('10.0.0.5');
  });
});

test.each([
  ['an app key without an app', { APP_SECRET_KEYS: 'SECRET' }, /APP_SECRET_KEYS/],
  ['half a default bucket', { DEFAULT_COS_REGION: 'ap-guangzhou' }, /DEFAULT_COS_BUCKET/],
  ['a default bucket that is none', { DEFAULT_COS_REGION: 'ap-guangzhou', DEFAULT_COS_BUCKET: 'x' }, /name-appid/],
])('%s is refused at the start, without being repeated', (_, env, message) => {
  expect(() => settings(env)).toThrow(message);
  expect(() => settings(env)).not.toThrow(/SECRET(?!_)/);
});
