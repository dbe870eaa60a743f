import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import { startTrtcApi, type TrtcApi } from '@trtc-recorder/sandbox';

const HOST = 'trtc.tencentcloudapi.com';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

let api: TrtcApi;
let calls: unknown[];
let outcome: () => boolean;

beforeAll(async () => {
  api = await startTrtcApi({
    host: '127.0.0.1',
    port: 0,
    credentials: (secretId) => (secretId === 'AKIDowner' ? { secretId, secretKey: 'owner-key' } : undefined),
    rooms: {
      removeUser: (...call) => calls.push(call) > 0 && outcome(),
      dismissRoom: (...call) => calls.push(call) > 0 && outcome(),
    },
    logger: silentLogger(),
  });
});
afterAll(() => api.close());
beforeEach(() => {
  calls = [];
  outcome = () => true;
});

interface Change {
  readonly action?: string;
  readonly version?: string;
  readonly service?: string;
  readonly timestamp?: number;
  readonly authorization?: string;
  /** Sent instead of the body that was signed. */
  readonly sentBody?: string;
}

interface ApiAnswer {
  readonly Response: { readonly RequestId: string; readonly Error?: { readonly Code: string } };
}

/** Signs as the documentation of "Signature v3" has it, without the SDK; the real host is named in the Host header. */
async function call(body: string, change: Change = {}): Promise<ApiAnswer['Response']> {
  const { action = 'RemoveUser', version = '2019-07-22', service = 'trtc' } = change;
  const timestamp = change.timestamp ?? Math.floor(Date.now() / 1000);
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const headers = `content-type:application/json\nhost:${HOST}\n`;
  const canonical = `POST\n/\n\n${headers}\ncontent-type;host\n${sha256(body)}`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${date}/${service}/tc3_request\n${sha256(canonical)}`;
  const key = hmac(hmac(hmac('TC3owner-key', date), service), 'tc3_request');
  const credential = `AKIDowner/${date}/${service}/tc3_request`;
  const signature = hmac(key, text).toString('hex');
  return post(change.sentBody ?? body, {
    host: HOST,
    'content-type': 'application/json',
    'x-tc-action': action,
    'x-tc-version': version,
    'x-tc-region': 'ap-guangzhou',
    'x-tc-timestamp': String(timestamp),
    authorization:
      change.authorization ??
      `TC3-HMAC-SHA256 Credential=${credential}, SignedHeaders=content-type;host, Signature=${signature}`,
  });
}

async function post(body: string, headers: Record<string, string>): Promise<ApiAnswer['Response']> {
  const text = await new Promise<string>((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: api.port, method: 'POST', headers, agent: false },
      (message) => {
        const chunks: Buffer[] = [];
        expect(message.statusCode).toBe(200);
        message.on('data', (chunk: Buffer) => chunks.push(chunk));
        message.on('end', () => resolve(Buffer.concat(chunks).toString()));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  return (JSON.parse(text) as ApiAnswer).Response;
}

const removal = JSON.stringify({ SdkAppId: 1, RoomId: 2, UserIds: ['a', 'b'] });

test('a documented signature under the real host reaches the room', async () => {
  expect(await call(removal)).toEqual({ RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(calls).toEqual([
    [1, { type: 'int', id: 2 }, 'a'],
    [1, { type: 'int', id: 2 }, 'b'],
  ]);
});

describe('refusals', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  test.each<[string, string, () => Change, string]>([
    [
      'another body than the signed one',
      removal,
      () => ({ sentBody: removal.replace('2', '3') }),
      'AuthFailure.SignatureFailure',
    ],
    ['another service', removal, () => ({ service: 'cvm' }), 'AuthFailure.SignatureFailure'],
    ['a clock six minutes late', removal, () => ({ timestamp: seconds() - 360 }), 'AuthFailure.SignatureExpire'],
    ['a clock six minutes early', removal, () => ({ timestamp: seconds() + 360 }), 'AuthFailure.SignatureExpire'],
    ['no signature', removal, () => ({ authorization: 'SKIP' }), 'AuthFailure.InvalidAuthorization'],
    ['an unknown action', removal, () => ({ action: 'DescribeRoomInfo' }), 'InvalidAction'],
    ['an old version', removal, () => ({ version: '2018-01-01' }), 'NoSuchVersion'],
    ['no JSON', 'hello', () => ({}), 'InvalidParameter'],
    ['a missing field', '{"SdkAppId":1,"RoomId":2}', () => ({}), 'MissingParameter'],
    ['a room of the other kind', '{"SdkAppId":1,"RoomId":"2","UserIds":["a"]}', () => ({}), 'InvalidParameter.RoomId'],
    [
      'eleven users',
      JSON.stringify({ SdkAppId: 1, RoomId: 2, UserIds: Array(11).fill('a') }),
      () => ({}),
      'InvalidParameter.UserIds',
    ],
  ])('%s', async (_, body, change, code) => {
    expect(await call(body, change())).toMatchObject({ Error: { Code: code }, RequestId: expect.any(String) });
    expect(calls).toEqual([]);
  });

  test.each([
    ['nobody there', () => false, 'FailedOperation.UserNotExist'],
    [
      'no such room',
      () => {
        throw new AppError('NotFound', 'no room');
      },
      'FailedOperation.RoomNotExist',
    ],
    [
      'a fault of the rooms',
      () => {
        throw new Error('broken');
      },
      'InternalError',
    ],
  ])('%s', async (_, thrown, code) => {
    outcome = thrown;
    expect(await call(removal)).toMatchObject({ Error: { Code: code } });
  });
});
