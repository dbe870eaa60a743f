import { describe, expect, test } from '@jest/globals';
import { api, request, SDK_APP_ID, userSig, type ErrorBody } from './helpers.ts';

const at = api();
const post = (payload: string | object, headers: Record<string, string> = {}) =>
  at.app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': 'application/json', ...headers } });
const cos = (change: object) => ({
  CosConfig: { Region: 'ap-shanghai', Bucket: 'test-123456789', Path: '/trtc', ...change },
});
const FIELD = 'InvalidParameter.Field';
const SIG = 'InvalidParameter.UserSig';

describe('each field, wrong in each way, is refused by its name', () => {
  test.each<[string, object, string, RegExp]>([
    ['SdkAppId missing', { SdkAppId: undefined }, FIELD, /^SdkAppId/],
    ['SdkAppId as text', { SdkAppId: '1400000000' }, FIELD, /^SdkAppId/],
    ['SdkAppId zero', { SdkAppId: 0 }, FIELD, /^SdkAppId/],
    ['SdkAppId negative', { SdkAppId: -1 }, FIELD, /^SdkAppId/],
    ['SdkAppId with a fraction', { SdkAppId: 1.5 }, FIELD, /^SdkAppId/],
    ['SdkAppId too large', { SdkAppId: 2 ** 32 }, FIELD, /^SdkAppId/],
    ['no room', { RoomId: undefined }, FIELD, /^RoomId or StrRoomId is required/],
    ['RoomId null and no StrRoomId', { RoomId: null }, FIELD, /^RoomId or StrRoomId is required/],
    ['RoomId as text', { RoomId: '43474' }, FIELD, /^RoomId: must be an integer/],
    ['RoomId zero', { RoomId: 0 }, FIELD, /^RoomId: must be an integer from 1/],
    ['RoomId too large', { RoomId: 4294967295 }, FIELD, /^RoomId: .*4294967294/],
    ['RoomId with a fraction', { RoomId: 1.5 }, FIELD, /^RoomId: must be an integer/],
    ['RoomId NaN', { RoomId: 'NaN' }, FIELD, /^RoomId/],
    ['StrRoomId empty', { RoomId: undefined, StrRoomId: '' }, FIELD, /^RoomId or StrRoomId is required/],
    ['StrRoomId a number', { RoomId: undefined, StrRoomId: 7 }, FIELD, /^StrRoomId: must be a string/],
    ['StrRoomId too long', { RoomId: undefined, StrRoomId: 'x'.repeat(65) }, FIELD, /^StrRoomId: .*64 bytes/],
    ['StrRoomId of other characters', { RoomId: undefined, StrRoomId: 'a/b' }, FIELD, /^StrRoomId: may contain only/],
    ['StrRoomId in Chinese', { RoomId: undefined, StrRoomId: '中文' }, FIELD, /^StrRoomId: may contain only/],
    ['UserId missing', { UserId: undefined }, FIELD, /^UserId is required/],
    ['UserId empty', { UserId: '' }, FIELD, /^UserId: must not be empty/],
    ['UserId a number', { UserId: 5 }, FIELD, /^UserId must be a string/],
    ['UserId too long', { UserId: 'é'.repeat(33) }, FIELD, /^UserId: .*64 bytes/],
    ['UserId with a line break', { UserId: 'a\nb' }, FIELD, /^UserId: .*control characters/],
    ['UserSig missing', { UserSig: undefined }, FIELD, /^UserSig is required/],
    ['UserSig null', { UserSig: null }, FIELD, /^UserSig is required/],
    ['UserSig empty', { UserSig: '' }, FIELD, /^UserSig: must not be empty/],
    ['UserSig an object', { UserSig: {} }, FIELD, /^UserSig must be a string/],
    ['UserSig too long', { UserSig: 'e'.repeat(8193) }, FIELD, /^UserSig/],
    ['UserSig that is none', { UserSig: 'eJwSECRET' }, SIG, /^UserSig is not a UserSig/],
    ['UserSig expired', { UserId: 'u', UserSig: userSig('u', { now: 0 }) }, SIG, /^UserSig expired at 1970/],
    ['UserSig of another user', { UserId: 'u', UserSig: userSig('v') }, SIG, /^UserSig was signed for UserId "v"/],
    ['UserSig of another app', { UserId: 'u', UserSig: userSig('u', { sdkAppId: 7 }) }, SIG, /SdkAppId 7, not/],
    ['CosConfig missing', { CosConfig: undefined }, FIELD, /^CosConfig is required/],
    ['CosConfig as text', { CosConfig: 'SECRET' }, FIELD, /^CosConfig: must be an object/],
    ['CosConfig as a list', { CosConfig: [] }, FIELD, /^CosConfig: must be an object/],
    ['Region missing', cos({ Region: undefined }), FIELD, /^CosConfig.Region is required/],
    ['Region that is none', cos({ Region: 'SECRET!' }), FIELD, /^CosConfig.Region: must be a COS region/],
    ['Region a host', cos({ Region: 'a.b' }), FIELD, /^CosConfig.Region: must be a COS region/],
    ['Bucket missing', cos({ Bucket: undefined }), FIELD, /^CosConfig.Bucket is required/],
    ['Bucket without the APPID', cos({ Bucket: 'test' }), FIELD, /^CosConfig.Bucket: must be name-appid/],
    [
      'Bucket that leads elsewhere',
      cos({ Bucket: 'evil.com/x-123456' }),
      FIELD,
      /^CosConfig.Bucket: must be name-appid/,
    ],
    ['Path a number', cos({ Path: 5 }), FIELD, /^CosConfig.Path must be a string/],
    ['Path upwards', cos({ Path: '/a/../b' }), FIELD, /^CosConfig.Path: must not contain/],
    ['Path too long', cos({ Path: '/'.repeat(513) }), FIELD, /^CosConfig.Path: .*512 bytes/],
    ['Path with a control character', cos({ Path: '/a\u0000' }), FIELD, /^CosConfig.Path: .*control/],
    ['SecretId alone', cos({ SecretId: 'SECRET' }), FIELD, /^CosConfig.SecretKey: is required together/],
    ['SecretKey alone', cos({ SecretKey: 'SECRET' }), FIELD, /^CosConfig.SecretId: is required together/],
    ['SessionToken alone', cos({ SessionToken: 'SECRET' }), FIELD, /^CosConfig.SessionToken: needs/],
    [
      'SecretKey an object',
      cos({ SecretId: 'a', SecretKey: { a: 'SECRET' } }),
      FIELD,
      /^CosConfig.SecretKey must be a str/,
    ],
    [
      'BackupCosConfig without a bucket',
      { BackupCosConfig: { Region: 'ap-shanghai' } },
      FIELD,
      /^BackupCosConfig.Bucket is required/,
    ],
    [
      "BackupCosConfig with half a caller's keys",
      { BackupCosConfig: { Region: 'ap-shanghai', Bucket: 'b-123456789', SecretId: 'SECRET' } },
      FIELD,
      /^BackupCosConfig.SecretKey: is required together/,
    ],
    ['Callback no URL', { Callback: 'SECRET' }, FIELD, /^Callback: must be an absolute http/],
    ['Callback empty', { Callback: '' }, FIELD, /^Callback: must be an absolute http/],
    ['Callback of another scheme', { Callback: 'file:///SECRET' }, FIELD, /^Callback: must be an absolute http/],
    ['Callback whose login no one can read', { Callback: 'http://SECRET:50%off@h/' }, FIELD, /^Callback.*as %25/],
    ['Callback too long', { Callback: `http://h/${'x'.repeat(2048)}` }, FIELD, /^Callback/],
    ['Callback a list', { Callback: ['http://h/'] }, FIELD, /^Callback must be a string/],
    ['Mode a number', { Mode: 2 }, FIELD, /^Mode: must be "00"/],
    ['Mode unknown', { Mode: '03' }, FIELD, /^Mode: must be "00"/],
    ['MaxDuration zero', { MaxDuration: 0 }, FIELD, /^MaxDuration: must be at least 1 second/],
    ['MaxDuration as text', { MaxDuration: '60' }, FIELD, /^MaxDuration: must be an integer/],
    ['MaxDuration too long', { MaxDuration: 604_801 }, FIELD, /^MaxDuration: must be at most 7 days/],
  ])('%s', async (_, change, code, message) => {
    const answer = await post(request(change as Record<string, unknown>));
    expect(answer.statusCode).toBe(400);
    const body = answer.json<ErrorBody>();
    expect(body.Error.Code).toBe(code);
    expect(body.Error.Message).toMatch(message);
    expect(body.RequestId).toBe(answer.headers['x-scf-reqid']);
    expect(answer.body).not.toContain('SECRET');
  });

  test('all faults of a request are told at once', async () => {
    const { Error: error } = (await post({})).json<ErrorBody>();
    expect(error.Message).toContain('SdkAppId');
    expect(error.Message).toContain('UserId');
  });
});

describe('what is no request at all is refused in the same shape', () => {
  test.each<[string, string, Record<string, string>, number, string]>([
    ['no JSON', '{"UserSig":"SECRET"', {}, 400, 'InvalidParameter'],
    ['a word', 'SECRET', {}, 400, 'InvalidParameter'],
    ['nothing', '', {}, 400, 'InvalidParameter'],
    ['a list', '[]', {}, 400, 'InvalidParameter'],
    ['null', 'null', {}, 400, 'InvalidParameter'],
    ['a text', '"SECRET"', {}, 400, 'InvalidParameter'],
    ['a prototype', '{"__proto__":{"a":1}}', {}, 400, 'InvalidParameter'],
    ['another content type', '{}', { 'content-type': 'text/plain' }, 415, 'UnsupportedMediaType'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UnsupportedMediaType'],
    ['a content type that is none', '{}', { 'content-type': 'x' }, 415, 'UnsupportedMediaType'],
    ['too much', JSON.stringify({ x: 'x'.repeat(65_536) }), {}, 413, 'PayloadTooLarge'],
  ])('%s', async (_, payload, headers, status, code) => {
    const answer = await post(payload, headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({
      RequestId: answer.headers['x-scf-reqid'],
      Error: { Code: code, Message: expect.any(String) },
    });
    expect(answer.body).not.toContain('SECRET');
  });

  test.each([
    ['GET', '/v1/nothing'],
    ['DELETE', '/v1/recordings'],
    ['GET', '/v1/recordings/no-such-recording'],
    ['GET', '/v1/recordings/no-such-recording/logs'],
    ['POST', '/v1/recordings/no-such-recording/stop'],
    ['POST', '/v1/recordings/no-such-recording/callback/replay'],
    ['GET', '/v1/recordings/..%2f..%2fetc'],
    ['GET', '/v1/recordings/%E0%A4%A'],
    ['GET', `/v1/recordings/${'x'.repeat(500)}`],
  ] as const)('%s %s', async (method, url) => {
    const answer = await at.app.inject({ method, url });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ Error: { Code: 'NotFound' } });
  });

  test.each(['Limit=0', 'Limit=101', 'Limit=x', 'State=lost', 'SdkAppId=a', 'RoomId=-1'])('?%s', async (query) => {
    const answer = await at.app.inject(`/v1/recordings?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<ErrorBody>().Error.Message).toContain(query.split('=')[0]);
  });

  test.each(['Room=17', 'roomid=17', 'State=done&User=x', 'limit=5', 'Limit=5&Page=2'])(
    'a filter that does not exist shows no recordings: ?%s',
    async (query) => {
      for (const url of ['/v1/recordings', '/v1/statistics']) {
        const answer = await at.app.inject(`${url}?${query}`);
        expect([url, answer.statusCode]).toEqual([url, 400]);
        expect(answer.json()).toMatchObject({ Error: { Code: FIELD, Message: expect.stringContaining('RoomId') } });
      }
    },
  );
});

test('nothing of a refused request is in the log', async () => {
  await post(request({ UserSig: 'eJwSECRETSIG', CosConfig: { SecretId: 'SECRETID', SecretKey: 'SECRETKEY' } }));
  await post('{"UserSig":"SECRETSIG"');
  expect(at.log()).toContain('answered');
  expect(at.log()).not.toContain('SECRET');
});

describe('with an app’s secret key and a default bucket configured', () => {
  const configured = api({
    APP_SECRET_KEYS: `${SDK_APP_ID}:app-secret`,
    DEFAULT_COS_REGION: 'ap-guangzhou',
    DEFAULT_COS_BUCKET: 'default-1250000000',
  });
  const send = (payload: object) => configured.app.inject({ method: 'POST', url: '/v1/recordings', payload });

  test.each<[string, Record<string, unknown>, number]>([
    ['UserSig may be left out', { UserSig: undefined }, 202],
    ['CosConfig may be left out', { CosConfig: undefined }, 202],
    ['not for another app', { UserSig: undefined, SdkAppId: 1400000001 }, 400],
    ['a UserSig that is given must still be right', { UserSig: 'wrong' }, 400],
    ['a CosConfig that is given must still be whole', { CosConfig: { Region: 'ap-guangzhou' } }, 400],
  ])('%s', async (_, change, status) => {
    expect((await send(request(change))).statusCode).toBe(status);
  });
});
