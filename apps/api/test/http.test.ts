import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { api, request, type ErrorBody } from './helpers.ts';

const at = api();
let port = 0;
beforeAll(async () => {
  port = Number(new URL(await at.app.listen({ host: '127.0.0.1', port: 0 })).port);
});

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
async function rest(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}
/** Everything that is answered to these bytes until the connection ends. */
async function answerTo(bytes: string | Buffer): Promise<string> {
  const socket = await open();
  socket.end(bytes);
  return rest(socket);
}
const refusalOf = (answer: string): { status: number; id: string | undefined; body: ErrorBody } => {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return {
    status: Number(head.split(' ')[1]),
    id: /^x-scf-reqid: (.*)$/im.exec(head)?.[1],
    body: JSON.parse(body) as ErrorBody,
  };
};

describe('what is no request is refused in the documented shape', () => {
  test.each<[string, string, number, string]>([
    [
      'headers of 20 kB',
      `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'RequestHeadersTooLarge',
    ],
    ['a long request line', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: h\r\n\r\n`, 431, 'RequestHeadersTooLarge'],
    ['a zero byte in a header', 'GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n', 400, 'InvalidParameter'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'InvalidParameter'],
    ['TLS on the plain port', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 400, 'InvalidParameter'],
    [
      'two body lengths',
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'InvalidParameter',
    ],
    ['no Host', 'GET /healthz/x HTTP/1.1\r\nConnection: close\r\n\r\n', 404, 'NotFound'],
    ['no Host, where it decides', 'GET /v1/recordings HTTP/1.1\r\nConnection: close\r\n\r\n', 401, 'Unauthorized'],
    [
      'an expectation',
      'GET /v1/x HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nConnection: close\r\n\r\n',
      404,
      'NotFound',
    ],
    ['another method', 'PROPFIND / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404, 'NotFound'],
  ])('%s', async (_, bytes, status, code) => {
    const refusal = refusalOf(await answerTo(bytes));
    expect(refusal).toEqual({
      status,
      id: refusal.body.RequestId,
      body: { RequestId: expect.any(String), Error: { Code: code, Message: expect.any(String) } },
    });
  });
});

describe('bodies', () => {
  const post = (url: string, payload: Buffer | string, type?: string) =>
    at.app.inject({ method: 'POST', url, payload, ...(type !== undefined && { headers: { 'content-type': type } }) });
  const json = 'application/json';
  const valid = () => JSON.stringify(request({ CosConfig: cos('/课堂') }));
  const cos = (Path: string) => ({ Region: 'ap-shanghai', Bucket: 'test-123456789', Path });

  test('UTF-8 is taken, with a byte order mark too', async () => {
    expect((await post('/', Buffer.from(valid()), json)).statusCode).toBe(200);
    expect((await post('/', Buffer.from(`\ufeff${valid()}`), `${json}; charset="UTF-8"`)).statusCode).toBe(200);
  });

  test.each([
    ['GBK', Buffer.from([0xbf, 0xce, 0xcc, 0xc3])],
    ['Latin-1', Buffer.from('é', 'latin1')],
    ['half a character', Buffer.from('课').subarray(0, 2)],
    ['a surrogate as CESU-8', Buffer.from([0xed, 0xa0, 0xbd])],
  ])('bytes that are no UTF-8 are refused: %s', async (_, name) => {
    const [before = '', after = ''] = JSON.stringify(request({ CosConfig: cos('/@@') })).split('@@');
    const answer = await post('/', Buffer.concat([Buffer.from(before), name, Buffer.from(after)]), json);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      Error: { Code: 'InvalidParameter', Message: expect.stringContaining('UTF-8') },
    });
  });

  test('another charset is refused', async () => {
    for (const charset of ['gbk', 'utf-16', 'iso-8859-1']) {
      const answer = await post('/', Buffer.from(valid()), `${json}; charset=${charset}`);
      expect(answer.statusCode).toBe(415);
      expect(answer.json()).toMatchObject({ Error: { Code: 'UnsupportedMediaType' } });
    }
  });

  test.each([
    ['lists', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['objects', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['in an unknown field', `{"x":${'['.repeat(9_000)}${']'.repeat(9_000)}}`],
  ])('JSON 10,000 deep is refused: %s', async (_, body) => {
    for (const url of ['/', '/v1/recordings', '/v1/recordings/x/stop']) {
      const answer = await post(url, body, json);
      expect([url, answer.statusCode]).toEqual([url, 400]);
      expect(answer.json()).toMatchObject({ Error: { Code: 'InvalidParameter' } });
    }
  });

  test('half of a surrogate pair is refused in each text, at submission and in a PATCH', async () => {
    const half = '\ud83d';
    const fields: Record<string, unknown>[] = [
      { UserId: `a${half}` },
      { UserSig: half },
      { Callback: `http://h/${half}` },
      { StrRoomId: half, RoomId: undefined },
      ...['Region', 'Bucket', 'Path', 'SecretId', 'SecretKey', 'SessionToken'].map((name) => ({
        CosConfig: { ...cos('/'), SecretId: 'a', SecretKey: 'b', [name]: `/${half}` },
      })),
    ];
    for (const field of fields) {
      const answer = await post('/v1/recordings', JSON.stringify(request(field)), json);
      expect([field, answer.statusCode]).toEqual([field, 400]);
      expect(answer.json()).toMatchObject({ Error: { Code: 'InvalidParameter.Field' } });
    }
    const accepted = await post('/v1/recordings', JSON.stringify(request({ CosConfig: cos('/😀') })), json);
    const url = `/v1/recordings/${accepted.json<{ RequestId: string }>().RequestId}`;
    const patch = (Path: string) => at.app.inject({ method: 'PATCH', url, payload: { CosConfig: { Path } } });
    expect((await patch(half)).statusCode).toBe(400);
    expect((await patch('/😀/b')).statusCode).toBe(200);
  });

  test('an empty body is none, whatever its type', async () => {
    for (const type of [undefined, json, 'application/x-www-form-urlencoded', 'text/plain']) {
      const accepted = await post('/v1/recordings', valid(), json);
      const { RequestId } = accepted.json<{ RequestId: string }>();
      const answer = await post(`/v1/recordings/${RequestId}/stop`, '', type);
      expect([type, answer.statusCode]).toEqual([type, 202]);
    }
    expect((await post('/v1/recordings/x/stop', 'a=b', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
  });
});

// The last one: it closes the server.
test('a request that arrives on a kept connection while the server closes is answered', async () => {
  const socket = await open();
  const half = 'GET /healthz HTTP/1.1\r\nHost: h\r\nX: ';
  socket.write(half);
  await new Promise<void>((resolve) => setImmediate(resolve));
  // The server has the first half when it answers another request of another connection.
  await answerTo('GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  const closed = at.app.close();
  socket.end('y\r\n\r\n');
  const answer = await rest(socket);
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(answer).toMatch(/connection: close/i);
  await closed;
});
