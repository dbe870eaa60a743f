import { describe, expect, test } from '@jest/globals';
import type { RecordingStatus } from '@trtc-recorder/contracts';
import { api, request, userSig, type ErrorBody } from './helpers.ts';

// What may be asked of a recording that was accepted.
const at = api();
const accepted = async (change: Record<string, unknown> = {}) => {
  const body = request(change);
  const answer = await at.app.inject({ method: 'POST', url: '/v1/recordings', payload: body });
  return { id: answer.json<{ RequestId: string }>().RequestId, userId: String(body['UserId']) };
};
const patch = (id: string, payload: unknown) =>
  at.app.inject({ method: 'PATCH', url: `/v1/recordings/${id}`, payload: payload as object });
const post = (id: string, what: string) => at.app.inject({ method: 'POST', url: `/v1/recordings/${id}/${what}` });
const status = async (id: string) => (await at.app.inject(`/v1/recordings/${id}`)).json<RecordingStatus>();

describe('PATCH', () => {
  test('changes what is given and tells which; the same again changes nothing', async () => {
    const { id, userId } = await accepted();
    const change = {
      MaxDuration: 60,
      Callback: 'http://127.0.0.1:9/?token=SECRET',
      UserSig: userSig(userId, { expireSeconds: 7200 }),
      CosConfig: { Path: '/elsewhere', SecretId: 'SECRETID', SecretKey: 'SECRETKEY' },
    };
    const answer = await patch(id, change);
    expect(answer.statusCode).toBe(200);
    const Changed = ['MaxDuration', 'UserSig', 'Callback', 'CosConfig', 'CosConfig keys'];
    expect(answer.json()).toEqual({ RequestId: id, Changed });
    expect((await patch(id, change)).json()).toEqual({ RequestId: id, Changed: [] });
    expect(await status(id)).toMatchObject({ MaxDuration: 60 });
    const lines = (await at.app.inject(`/v1/recordings/${id}/logs`)).body;
    expect(lines).toContain('update: MaxDuration');
    expect(lines + at.log()).not.toContain('SECRET');
  });

  test.each<[string, unknown, string, RegExp]>([
    ['nothing', {}, 'InvalidParameter', /nothing to change/],
    ['only nulls', { MaxDuration: null }, 'InvalidParameter', /nothing to change/],
    ['what cannot change', { Mode: '00' }, 'InvalidParameter', /^only MaxDuration, Callback/],
    ['an unknown field', { SECRET: 1 }, 'InvalidParameter', /^only MaxDuration, Callback/],
    ['a list', [], 'InvalidParameter', /must be an object/],
    ['a wrong MaxDuration', { MaxDuration: '60' }, 'InvalidParameter.Field', /^MaxDuration: must be an integer/],
    ['a wrong Callback', { Callback: 'SECRET' }, 'InvalidParameter.Field', /^Callback: must be an absolute/],
    ['a wrong Bucket', { CosConfig: { Bucket: 'SECRET' } }, 'InvalidParameter.Field', /^CosConfig.Bucket: must be/],
    ['half of the keys', { CosConfig: { SecretId: 'x' } }, 'InvalidParameter.Field', /^CosConfig.SecretKey: is req/],
    ['an unknown place', { CosConfig: { Disk: 'x' } }, 'InvalidParameter.Field', /^CosConfig: only Region/],
    ['no UserSig at all', { UserSig: 'eJwSECRET' }, 'InvalidParameter.UserSig', /^UserSig is not/],
    ["another user's UserSig", { UserSig: userSig('v') }, 'InvalidParameter.UserSig', /^UserSig was signed for/],
  ])('refuses %s', async (_, change, code, message) => {
    const { id } = await accepted();
    const answer = await patch(id, change);
    expect(answer.statusCode).toBe(400);
    const { Error: error } = answer.json<ErrorBody>();
    expect(error).toEqual({ Code: code, Message: expect.stringMatching(message) });
    expect(answer.body).not.toContain('SECRET');
  });

  test('of a recording that has ended is refused with 409', async () => {
    const { id } = await accepted();
    await post(id, 'stop');
    const answer = await patch(id, { MaxDuration: 60 });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ Error: { Code: 'UpdateTooLate' } });
  });
});

test('POST …/terminate gives a recording up at once', async () => {
  const { id } = await accepted();
  const answer = await post(id, 'terminate');
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toEqual({ RequestId: id, Message: expect.stringMatching(/^Terminated/) });
  expect(await status(id)).toMatchObject({ State: 'failed', Result: { Reason: 'terminated', Files: [] } });
  expect((await post(id, 'terminate')).json()).toMatchObject({ Message: expect.stringMatching(/^It had ended/) });
});

test('POST …/stop of a recording that has ended says so', async () => {
  const { id } = await accepted();
  expect((await post(id, 'stop')).json()).toEqual({ RequestId: id, Message: 'Stop requested' });
  const again = await post(id, 'stop');
  expect(again.statusCode).toBe(202);
  expect(again.json()).toEqual({ RequestId: id, Message: expect.stringMatching(/^It had ended/) });
});

test.each([
  ['PATCH', '', { MaxDuration: 1 }],
  ['POST', '/stop', undefined],
  ['POST', '/terminate', undefined],
  ['POST', '/callback/replay', undefined],
] as const)('%s of no such recording…%s is 404', async (method, what, payload) => {
  const answer = await at.app.inject({
    method,
    url: `/v1/recordings/no-such-recording${what}`,
    ...(payload && { payload }),
  });
  expect(answer.statusCode).toBe(404);
});

test('a list or statistics of a time range', async () => {
  const { id } = await accepted();
  const { SubmitTime } = await status(id);
  const one = `Since=${SubmitTime}&Until=${new Date(Date.parse(SubmitTime) + 1).toISOString()}`;
  expect((await at.app.inject(`/v1/recordings?${one}`)).json()).toMatchObject({ Recordings: [{ RequestId: id }] });
  const counts = (await at.app.inject(`/v1/statistics?${one}`)).json<{ Queued: number }>();
  expect(counts).toEqual({ Queued: 1, Running: 0, Done: 0, Failed: 0 });
  const offset = encodeURIComponent('2020-01-01T00:00:00+08:00');
  expect((await at.app.inject(`/v1/statistics?Until=${offset}`)).json()).toMatchObject({ Queued: 0 });
  expect((await at.app.inject('/v1/statistics?Since=yesterday')).body).toContain('Since must be a time');
});
