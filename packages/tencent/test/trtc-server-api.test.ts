import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Room } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { startTrtcApi, type TrtcApi } from '@trtc-recorder/sandbox';
import { createTrtcServerApi, staticCredentials, type Credentials, type TrtcServerApi } from '@trtc-recorder/tencent';
import { startFakeServer, type FakeServer } from './helpers/fake-server.ts';

const intRoom: Room = { type: 'int', id: 43474 };
const stringRoom: Room = { type: 'string', id: 'lobby !#$%&()+' };
const keys: Credentials = { secretId: 'AKIDowner', secretKey: 'owner-key' };

let sandbox: TrtcApi;
let calls: unknown[];
let found: boolean;

beforeAll(async () => {
  sandbox = await startTrtcApi({
    host: '127.0.0.1',
    port: 0,
    credentials: [keys, { secretId: 'AKIDtemporary', secretKey: 'temporary-key', sessionToken: 'token' }],
    rooms: {
      removeUser: (...call) => calls.push(call) > 0 && found,
      dismissRoom: (...call) => calls.push(call) > 0 && found,
    },
    logger: silentLogger(),
  });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  calls = [];
  found = true;
});

const api = (
  credentials: Credentials = keys,
  { host = `127.0.0.1:${sandbox.port}`, region = 'ap-guangzhou', timeoutMs = 5000 } = {},
): TrtcServerApi =>
  createTrtcServerApi({
    credentials: staticCredentials(credentials),
    region,
    endpoint: host,
    protocol: 'http://',
    timeoutMs,
  });

describe('over a TC3 signature that is verified', () => {
  test('removes a user and dismisses a room, integer and string', async () => {
    await api().removeUser(1400000000, intRoom, '录制 user');
    await api().removeUser(1400000000, stringRoom, 'user_1');
    await api().dismissRoom(1400000000, intRoom);
    await api().dismissRoom(1400000000, stringRoom);
    expect(calls).toEqual([
      [1400000000, intRoom, '录制 user'],
      [1400000000, stringRoom, 'user_1'],
      [1400000000, intRoom],
      [1400000000, stringRoom],
    ]);
  });

  test('temporary keys go with their token', async () => {
    const temporary = { secretId: 'AKIDtemporary', secretKey: 'temporary-key', sessionToken: 'token' };
    await api(temporary).removeUser(1, intRoom, 'user_1');
    expect(calls).toHaveLength(1);
  });

  test("the environment's proxy is not asked for loopback", async () => {
    const before = process.env.http_proxy;
    process.env.http_proxy = 'http://127.0.0.1:9';
    try {
      await api().removeUser(1, intRoom, 'user_1');
    } finally {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
    }
    expect(calls).toHaveLength(1);
  });
});

describe('refusals carry the code and reach no room', () => {
  test.each<[string, Credentials, string]>([
    ['SecretId', { secretId: 'AKIDnobody', secretKey: 'x' }, 'AuthFailure.SecretIdNotFound'],
    ['SecretKey', { secretId: 'AKIDowner', secretKey: 'x' }, 'AuthFailure.SignatureFailure'],
    ['token', { ...keys, sessionToken: 'x' }, 'AuthFailure.TokenFailure'],
    ['no token', { secretId: 'AKIDtemporary', secretKey: 'temporary-key' }, 'AuthFailure.TokenFailure'],
  ])('wrong %s', async (_, credentials, code) => {
    await expect(api(credentials).removeUser(1, intRoom, 'user_1')).rejects.toMatchObject({
      code: 'TrtcApiRejected',
      retryable: false,
      details: { code, action: 'RemoveUser', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      message: expect.stringContaining(code),
    });
    expect(calls).toEqual([]);
  });

  test.each<[string, () => Promise<void>, string]>([
    ['region', () => api(keys, { region: 'ap-nowhere' }).dismissRoom(1, intRoom), 'UnsupportedRegion'],
    ['app', () => api().dismissRoom(0, intRoom), 'InvalidParameter.SdkAppId'],
    ['room', () => api().dismissRoom(1, { type: 'int', id: 0 }), 'InvalidParameter.RoomId'],
    ['user', () => api().removeUser(1, stringRoom, ''), 'InvalidParameter.UserIds'],
  ])('wrong %s', async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code: 'TrtcApiRejected', details: { code } });
    expect(calls).toEqual([]);
  });

  test('nobody there', async () => {
    found = false;
    const gone = (code: string) => ({ code: 'TrtcApiRejected', details: { code } });
    await expect(api().removeUser(1, intRoom, 'u')).rejects.toMatchObject(gone('FailedOperation.UserNotExist'));
    await expect(api().dismissRoom(1, stringRoom)).rejects.toMatchObject(gone('FailedOperation.RoomNotExist'));
  });
});

describe('no answer of the API is TrtcApiUnavailable, soon', () => {
  const unavailable = { code: 'TrtcApiUnavailable', retryable: true };
  const cases: [string, FakeServer['answer']][] = [
    [
      'an internal error',
      () => ({ body: '{"Response":{"Error":{"Code":"InternalError","Message":"x"},"RequestId":"r"}}' }),
    ],
    [
      'too many calls',
      () => ({ body: '{"Response":{"Error":{"Code":"RequestLimitExceeded","Message":"x"},"RequestId":"r"}}' }),
    ],
    ['HTTP 502', () => ({ status: 502, body: 'bad gateway' })],
    ['no JSON', () => ({ body: '<html>' })],
    ['JSON of something else', () => ({ body: '{}' })],
    ['nothing', () => undefined],
  ];
  test.each(cases)('%s', async (_, answer) => {
    const server = await startFakeServer(answer);
    const begun = performance.now();
    const calling = api(keys, { host: server.host, timeoutMs: 300 }).removeUser(1, intRoom, 'user_1');
    await expect(calling).rejects.toMatchObject(unavailable);
    expect(performance.now() - begun).toBeLessThan(8000);
    await server.close();
  });

  test('nobody listens', async () => {
    await expect(api(keys, { host: '127.0.0.1:9' }).dismissRoom(1, intRoom)).rejects.toMatchObject(unavailable);
  });
});
