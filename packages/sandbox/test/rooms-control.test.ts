import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig, silentLogger } from '@trtc-recorder/runtime';
import { openAnchor, SandboxConfigSchema, startSandbox, type Sandbox, type SandboxOptions } from '../src/index.ts';
import { checkUserSig } from '../src/rooms/usersig.ts';
import { buildPages, SDK_APP_ID, SECRET_KEYS } from './rooms-kit.ts';

let sandbox: Sandbox;
let dataDir: string;
const options = (): SandboxOptions => ({
  dataDir,
  cloudKeys: { secretId: 'id', secretKey: 'key' },
  secretKeys: SECRET_KEYS,
  logger: silentLogger(),
});

beforeAll(async () => {
  await buildPages();
  dataDir = await mkdtemp(path.join(tmpdir(), 'sandbox-control-'));
  sandbox = await startSandbox(options());
});
afterAll(async () => {
  await sandbox.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(method: string, url: string, body?: unknown): Promise<Answer> {
  const response = await fetch(sandbox.urls.http + url, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const small = { width: 64, height: 64, fps: 5, kbps: 30 };

describe('the REST control', () => {
  test('adds anchors, shows them, changes them, lets them go', async () => {
    const room = '/v1/rooms/int/4294967294';
    const added = await call('POST', `${room}/anchors`, { userId: 'a', count: 3, clip: small, audio: false });
    expect(added).toEqual({ status: 200, body: { userIds: ['a1', 'a2', 'a3'] } });
    const { body } = await call('GET', room);
    expect(body).toMatchObject({ sdkAppId: SDK_APP_ID, room: { type: 'int', id: 4294967294 } });
    expect(body['members']).toHaveLength(3);
    const changed = await call('PATCH', `${room}/members/a2`, { audio: true, videoMuted: true });
    expect(changed.body).toMatchObject({
      userId: 'a2',
      role: 'anchor',
      synthetic: true,
      published: { state: { audio: true, main: true, sub: false }, muted: { video: true, audio: false } },
    });
    expect((await call('DELETE', `${room}/members/a2?reason=1`)).status).toBe(200);
    expect((await call('GET', `${room}/members/a2`)).status).toBe(404);
    expect((await call('POST', `${room}/members/a3/removal`, { reason: 'banned' })).status).toBe(200);
    expect((await call('DELETE', room)).body).toEqual({ members: 1 });
    expect((await call('DELETE', room)).body).toEqual({ members: 0 });
  });

  test.each(['../x', 'a/b?c#d', '中文', 'a b+c%20', '"; rm -rf', 'x'.repeat(64)])(
    'takes %j as user and room',
    async (name) => {
      const encoded = encodeURIComponent(name);
      await call('POST', `/v1/rooms/string/${encoded}/anchors`, { userId: name, clip: small });
      const { body } = await call('GET', `/v1/rooms/string/${encoded}/members/${encoded}`);
      expect(body).toMatchObject({ userId: name });
      expect(sandbox.rooms.room({ type: 'string', id: name }).dismiss()).toBe(1);
    },
  );

  test('a string room, an integer room and the room of another app are three', async () => {
    await call('POST', '/v1/rooms/string/7/anchors', { userId: 's', clip: small });
    await call('POST', '/v1/rooms/int/7/anchors', { userId: 'i', clip: small });
    const [, other] = Object.keys(SECRET_KEYS);
    await call('POST', `/v1/rooms/int/7/anchors?sdkAppId=${other!}`, { userId: 'o', clip: small });
    const { rooms } = (await call('GET', '/v1/rooms')).body as { rooms: { members: { userId: string }[] }[] };
    expect(rooms.map(({ members }) => members.map(({ userId }) => userId))).toEqual([['s'], ['i'], ['o']]);
    for (const room of ['string/7', 'int/7', `int/7?sdkAppId=${other!}`])
      expect((await call('DELETE', `/v1/rooms/${room}`)).body).toEqual({ members: 1 });
  });

  test('signs, for any user, app, time and key', async () => {
    const { body } = await call('GET', '/v1/usersig?userId=a%20b');
    const expected = { sdkAppId: SDK_APP_ID, userId: 'a b' };
    expect(checkUserSig(SECRET_KEYS[SDK_APP_ID], String(body['userSig']), expected)).toBe(0);
    const old = await call('GET', '/v1/usersig?userId=a%20b&time=1600000000&expireSeconds=60');
    expect(checkUserSig(SECRET_KEYS[SDK_APP_ID], String(old.body['userSig']), expected)).toBe(70001);
    const foreign = await call('GET', '/v1/usersig?userId=a%20b&key=other');
    expect(checkUserSig(SECRET_KEYS[SDK_APP_ID], String(foreign.body['userSig']), expected)).toBe(70003);
    expect((await call('GET', '/v1/usersig?userId=x&sdkAppId=5')).status).toBe(404);
  });

  test('sets the network of a user who is not there yet, and takes it back', async () => {
    const member = '/v1/rooms/string/net/members/later';
    await call('PUT', `${member}/impairment/down`, { loss: 0.05, delayMs: 40, seed: 9 });
    await call('PUT', `${member}/media-path`, { cut: true, forMs: 60_000 });
    await call('POST', '/v1/rooms/string/net/anchors', { userId: 'later', clip: small });
    const during = await call('GET', member);
    expect(during.body['network']).toMatchObject({
      cut: true,
      down: { loss: 0.05, delayMs: 40, jitterMs: 0, seed: 9 },
    });
    await call('DELETE', `${member}/impairment/down`);
    await call('PUT', `${member}/media-path`, { cut: false });
    expect((await call('GET', member)).body['network']).toEqual({ cut: false });
    await call('DELETE', '/v1/rooms/string/net');
  });

  test('refuses to change the network of a synthetic anchor, which has none', async () => {
    await call('POST', '/v1/rooms/string/net2/anchors', { userId: 'syn', clip: small });
    const member = '/v1/rooms/string/net2/members/syn';
    for (const [method, path, body] of [
      ['PUT', 'impairment/up', { loss: 0.5 }],
      ['PUT', 'impairment/down', { loss: 0.5 }],
      ['PUT', 'media-path', { cut: true }],
      ['POST', 'signalling-drop', { refuseMs: 5 }],
    ] as const) {
      const answer = await call(method, `${member}/${path}`, body);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(JSON.stringify(answer.body)).toContain('synthetic anchor');
    }
    expect((await call('GET', member)).body['network']).toEqual({ cut: false });
    await call('DELETE', '/v1/rooms/string/net2');
  });

  test('settings, refusals, log and faults of COS', async () => {
    expect((await call('PATCH', '/v1/settings', { graceMs: 1234 })).body).toMatchObject({ graceMs: 1234, rtx: true });
    expect((await call('GET', '/v1/settings')).body).toMatchObject({ graceMs: 1234 });
    expect((await call('PUT', '/v1/refusals/join', { code: -100_018, times: 1 })).status).toBe(200);
    expect((await call('DELETE', '/v1/refusals/join')).status).toBe(200);
    const late = { code: 0, delayMs: 500, publisherId: 'anna', kinds: ['audio'], forMs: 5000 };
    expect((await call('PUT', '/v1/refusals/subscribe', { code: -1, times: 2 })).status).toBe(200);
    expect((await call('POST', '/v1/refusals/subscribe', late)).status).toBe(200);
    expect((await call('GET', '/v1/refusals')).body).toEqual({ subscribe: [{ code: -1, times: 2 }, late] });
    await call('DELETE', '/v1/refusals/subscribe');
    expect((await call('GET', '/v1/refusals')).body).toEqual({});
    expect((await call('POST', '/v1/cos/faults', { fault: 'stall', ms: 5, times: 2 })).body).toMatchObject({
      struck: 0,
    });
    expect((await call('GET', '/v1/cos/faults')).body['faults']).toHaveLength(1);
    await call('DELETE', '/v1/cos/faults');
    expect(sandbox.cosFaults.list()).toEqual([]);
    const { entries } = (await call('GET', '/v1/log?count=3')).body as { entries: unknown[] };
    expect(entries).toHaveLength(3);
  });

  test.each([
    ['POST', '/v1/rooms/string/x/anchors', {}, 'userId'],
    ['POST', '/v1/rooms/string/x/anchors', { userId: 'a', clip: { width: 63 } }, 'clip.width'],
    ['POST', '/v1/rooms/string/x/anchors', { userId: 'a', clip: { codec: 'av1' } }, 'clip.codec'],
    ['POST', '/v1/rooms/string/x/anchors', { userId: 'a', timestamps: { audio: { ppm: 200_000 } } }, 'audio.ppm'],
    ['POST', '/v1/rooms/string/x/anchors', { userId: 'a', timestamps: { audio: { counts: 30 } } }, 'timestamps.audio'],
    [
      'POST',
      '/v1/rooms/string/x/anchors',
      { userId: 'a', timestamps: { video: { stall: { everyMs: 100, ms: 100 } } } },
      'video.stall.ms',
    ],
    ['POST', '/v1/rooms/int/0/anchors', { userId: 'a' }, 'id'],
    ['POST', '/v1/rooms/int/abc/anchors', { userId: 'a' }, 'id'],
    ['GET', '/v1/rooms/other/x', undefined, 'type'],
    ['PUT', '/v1/rooms/string/x/members/a/impairment/down', { loss: 2 }, 'loss'],
    ['PUT', '/v1/rooms/string/x/members/a/impairment/sideways', {}, 'direction'],
    ['PUT', '/v1/refusals/join', { code: 0 }, 'code'],
    ['PUT', '/v1/refusals/subscribe', { code: 1, kinds: ['small'] }, 'kinds'],
    ['PUT', '/v1/refusals/publish', { code: 1, publisherId: 'anna' }, 'publisherId'],
    ['POST', '/v1/refusals/join', { code: 0, delayMs: 5 }, 'delayMs'],
    ['PUT', '/v1/refusals/dance', { code: 1 }, 'request'],
    ['PATCH', '/v1/settings', { gracems: 1 }, 'gracems'],
    ['POST', '/v1/cos/faults', { fault: 'fire' }, 'fault'],
  ])('%s %s with %j names what is wrong', async (method, url, body, field) => {
    const answer = await call(method, url, body);
    expect(answer.status).toBe(400);
    const { code, message } = answer.body['error'] as { code: string; message: string };
    expect(code).toBe('InvalidParameter.Field');
    expect(message).toContain(field);
  });

  test('what is not there is a 404, as JSON', async () => {
    for (const url of ['/v1/rooms/string/empty/members/nobody', '/v1/nothing', '/../../package.json'])
      expect(await call('GET', url)).toMatchObject({ status: 404, body: { error: { code: 'NotFound' } } });
  });
});

test('the examples of docs/sandbox.md work as they are written', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/sandbox.md'), 'utf8');
  const examples = page.split('\n').filter((line) => line.startsWith('curl '));
  expect(examples.length).toBeGreaterThan(10);
  // In a browser: a synthetic anchor has no network that could be made bad.
  const recorder = await openAnchor({ sandboxUrl: sandbox.urls.http, room: 'demo', user: 'recorder', media: 'none' });
  for (const example of examples) {
    const [, url = ''] = /\$S(\S+)/.exec(example) ?? [];
    const body = /-d '([^']+)'/.exec(example)?.[1];
    const method = /-X (\w+)/.exec(example)?.[1] ?? (body === undefined ? 'GET' : 'POST');
    const answer = await call(method, url, body === undefined ? undefined : JSON.parse(body));
    expect({ example, ...answer }).toMatchObject({ example, status: 200 });
  }
  sandbox.rooms.refuse('join', undefined);
  sandbox.cosFaults.clear();
  await recorder.close();
}, 60_000);

describe('starting', () => {
  test('only on loopback', async () => {
    const everywhere = { ...options(), host: '0.0.0.0' } as unknown as SandboxOptions;
    await expect(startSandbox(everywhere)).rejects.toMatchObject({ code: 'SandboxFailed' });
    expect(new URL(sandbox.urls.http).hostname).toBe('127.0.0.1');
  });

  test('a taken port is named, and nothing stays open', async () => {
    const taken = Number(new URL(sandbox.urls.http).port);
    const starting = startSandbox({ ...options(), ports: { http: taken } });
    await expect(starting).rejects.toMatchObject({
      code: 'SandboxFailed',
      message: expect.stringContaining(String(taken)),
    });
  });

  test('the defaults of the process are enough to start', () => {
    const config = loadConfig(SandboxConfigSchema, {});
    expect(config).toMatchObject({ SANDBOX_HTTP_PORT: 8480, SANDBOX_SDK_APP_ID: 1_400_000_000, LOG_LEVEL: 'info' });
    expect(config.SANDBOX_APP_SECRET_KEY).toHaveLength(64);
    for (const field of Object.values(SandboxConfigSchema.shape)) expect(field.description).toMatch(/\w/);
  });
});
