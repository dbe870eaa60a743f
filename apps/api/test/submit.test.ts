import { describe, expect, test } from '@jest/globals';
import { api, request } from './helpers.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const at = api();
const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  at.app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } });
const statusOf = async (requestId: unknown) =>
  (await at.app.inject(`/v1/recordings/${String(requestId)}`)).json<unknown>();

describe('POST /', () => {
  test('answers as the recipe did', async () => {
    const answer = await post('/', request());
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('Async run task submitted');
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.headers['x-scf-reqid']).toMatch(UUID);
    expect(await statusOf(answer.headers['x-scf-reqid'])).toMatchObject({ State: 'queued', RoomId: '43474' });
  });

  test.each<[string, object, object, Record<string, string>?]>([
    ['RoomId wins over StrRoomId', { RoomId: 1, StrRoomId: 'abc' }, { RoomId: '1', StrRoomId: '' }],
    ['even over one that would be wrong', { RoomId: 2, StrRoomId: '中文' }, { RoomId: '2', StrRoomId: '' }],
    ['a string room', { RoomId: undefined, StrRoomId: '43474' }, { RoomId: '', StrRoomId: '43474' }],
    ['null is absent', { RoomId: null, StrRoomId: 'x', Callback: null, MaxDuration: null }, { StrRoomId: 'x' }],
    ['the mode is 00 by default', { Mode: undefined }, { Mode: '00' }],
    ['unknown fields are ignored', { Whatever: { a: 1 } }, { Mode: '02' }],
    ['a charset is no other content type', {}, { Mode: '02' }, { 'content-type': 'application/json; charset=utf-8' }],
  ])('%s', async (_, change, expected, headers = {}) => {
    const answer = await post('/', request({ ...change }), headers);
    expect(answer.statusCode).toBe(200);
    expect(await statusOf(answer.headers['x-scf-reqid'])).toMatchObject(expected);
  });
});

describe('POST /v1/recordings', () => {
  test('answers 202 with the RequestId in the body and in the header', async () => {
    const answer = await post('/v1/recordings', request());
    expect(answer.statusCode).toBe(202);
    const { RequestId } = answer.json<{ RequestId: string }>();
    expect(answer.json()).toEqual({ RequestId, Message: 'Async run task submitted', MaxDuration: 86_400 });
    expect(answer.headers['x-scf-reqid']).toBe(RequestId);
  });

  test('gives the first RequestId to a repeated Idempotency-Key', async () => {
    const body = request();
    const [first, second] = await Promise.all([
      post('/v1/recordings', body, { 'idempotency-key': 'k1' }),
      post('/', body, { 'idempotency-key': 'k1' }),
    ]);
    expect(first.statusCode).toBe(202);
    expect(second.statusCode).toBe(200);
    expect(second.headers['x-scf-reqid']).toBe(first.headers['x-scf-reqid']);
  });

  test.each([[''], ['x'.repeat(256)]])('refuses the Idempotency-Key "%s"', async (key) => {
    const answer = await post('/v1/recordings', request(), { 'idempotency-key': key });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain('Idempotency-Key');
  });

  test('refuses a second recording of a recorder with 409 and the RequestId of the first', async () => {
    const body = request();
    const first = await post('/v1/recordings', body);
    for (const url of ['/', '/v1/recordings']) {
      const second = await post(url, body);
      expect(second.statusCode).toBe(409);
      expect(second.json()).toMatchObject({
        Error: {
          Code: 'RecorderAlreadyActive',
          Message: expect.stringContaining(String(first.headers['x-scf-reqid'])),
          ActiveRequestId: first.headers['x-scf-reqid'],
        },
      });
    }
  });
});

describe('what has no effect is in Warnings', () => {
  const warned = async (change: object) =>
    (await post('/v1/recordings', request({ ...change }))).json<{ Warnings?: string[] }>().Warnings;

  test.each<[object, string[] | undefined]>([
    [{}, undefined],
    [{ CallBack: 'http://h/' }, ['CallBack is unknown and ignored: did you mean Callback?']],
    [{ callback: 'http://h/' }, ['callback is unknown and ignored: did you mean Callback?']],
    [{ MaxDuraton: 60 }, ['MaxDuraton is unknown and ignored: did you mean MaxDuration?']],
    [{ max_duration: 60 }, ['max_duration is unknown and ignored: did you mean MaxDuration?']],
    [{ Mdoe: '00' }, ['Mdoe is unknown and ignored: did you mean Mode?']],
    [{ Whatever: { Callback: 1 } }, ['Whatever is unknown and ignored']],
    [
      { CosConfig: { Region: 'ap-shanghai', Bucket: 'test-123456789', Paht: '/a' } },
      ['CosConfig.Paht is unknown and ignored: did you mean CosConfig.Path?'],
    ],
  ])('%j', async (change, warnings) => {
    expect(await warned(change)).toEqual(warnings);
  });

  test('a thousand of them do not make a long answer', async () => {
    const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`x${index}`, 1]));
    expect(await warned(fields)).toHaveLength(21);
  });

  test("the recipe's answer stays as it is, with them in a header", async () => {
    const answer = await post('/', request({ CallBack: 'http://h/', 课: 1 }));
    expect(answer.body).toBe('Async run task submitted');
    expect(answer.headers['warning']).toBe(
      '299 - "CallBack is unknown and ignored: did you mean Callback?", 299 - "? is unknown and ignored"',
    );
  });
});

describe('with a time limit of the operator', () => {
  const limited = api({ MAX_DURATION_S: '3600' });
  const send = async (change: object) => {
    const answer = await limited.app.inject({ method: 'POST', url: '/v1/recordings', payload: request({ ...change }) });
    return answer.json<{ RequestId: string; MaxDuration: number; Warnings?: string[] }>();
  };
  const lowered = 'MaxDuration is lowered from 7200 s to 3600 s, the limit of this deployment';

  test('the answer has the limit that holds, and says when it is lower than asked', async () => {
    expect(await send({})).toMatchObject({ MaxDuration: 3600 });
    expect(await send({ MaxDuration: 60 })).toMatchObject({ MaxDuration: 60 });
    const above = await send({ MaxDuration: 7200 });
    expect(above).toMatchObject({ MaxDuration: 3600, Warnings: [lowered] });
    const url = `/v1/recordings/${above.RequestId}`;
    expect((await limited.app.inject(url)).json()).toMatchObject({ MaxDuration: 3600 });
    const patch = await limited.app.inject({ method: 'PATCH', url, payload: { MaxDuration: 7200 } });
    expect(patch.json()).toEqual({ RequestId: above.RequestId, Changed: [], MaxDuration: 3600, Warnings: [lowered] });
  });
});

test('of several submissions at once, one is accepted and the others are refused', async () => {
  const body = request();
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('/v1/recordings', body)));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([202, ...Array<number>(9).fill(409)]);
});

test('while Redis is away a submission is refused with 503, and readyz says so; healthz does not', async () => {
  await at.redis.kill();
  const answer = await post('/v1/recordings', request());
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ Error: { Code: 'QueueUnavailable' } });
  expect((await at.app.inject('/readyz')).statusCode).toBe(503);
  expect((await at.app.inject('/healthz')).statusCode).toBe(200);
  await at.redis.start();
}, 40_000);
