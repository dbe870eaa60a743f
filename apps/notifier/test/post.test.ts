import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger } from '@trtc-recorder/runtime';
import { addressPolicy } from '../src/addresses.ts';
import { post } from '../src/post.ts';
import { startAwkward, startReceiver } from './receiver.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const kept = <T extends { close(): Promise<void> }>(server: T): T => {
  closing.push(() => server.close());
  return server;
};
const limits = { timeoutMs: 400, connectTimeoutMs: 300, policy: addressPolicy({ allowPrivate: true }) };
const send = async (url: string) =>
  (await post({ url, body: '{"a":"é"}', headers: { 'content-type': 'application/json' } }, limits)).status;
const timed = async (work: Promise<unknown>) => {
  const startedAt = Date.now();
  await work.catch(() => undefined);
  return Date.now() - startedAt;
};

test('sends the body and headers as they are, and gives the status', async () => {
  const receiver = kept(await startReceiver((response) => response.writeHead(204).end()));
  expect(await send(`${receiver.url}?token=1`)).toBe(204);
  expect(receiver.received[0]).toMatchObject({
    method: 'POST',
    body: '{"a":"é"}',
    headers: { 'content-type': 'application/json', 'content-length': '10' },
  });
});

test.each([301, 302, 307, 308])('does not follow a redirect: %i', async (status) => {
  const target = kept(await startReceiver((response) => response.end()));
  const receiver = kept(await startReceiver((response) => response.writeHead(status, { location: target.url }).end()));
  expect(await send(receiver.url)).toBe(status);
  expect(target.received).toEqual([]);
});

describe('a receiver that', () => {
  test('never answers is given up in time', async () => {
    const receiver = kept(await startAwkward(() => undefined));
    const work = send(receiver.url);
    expect(await timed(work)).toBeLessThan(10_000);
    await expect(work).rejects.toMatchObject({
      code: 'CallbackUnreachable',
      message: expect.stringContaining('no answer within 400 ms'),
    });
  });

  test('drips its answer byte by byte is given up in time', async () => {
    const drip = (socket: Socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 200 OK\r\nx: y\r\n'.charAt(0)), 30);
      socket.on('close', () => clearInterval(timer));
    };
    const receiver = kept(await startAwkward(drip));
    const work = send(receiver.url);
    expect(await timed(work)).toBeLessThan(10_000);
    await expect(work).rejects.toMatchObject({ code: 'CallbackUnreachable' });
  });

  test('sends headers for ever has the callback by its status line, and is cut off', async () => {
    const closed: boolean[] = [];
    const flood = (socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write(`x-${'y'.repeat(2_000)}: z\r\n`), 2);
      socket.on('close', () => {
        clearInterval(timer);
        closed.push(true);
      });
    };
    const receiver = kept(await startAwkward(flood));
    expect(await send(receiver.url)).toBe(200);
    for (let tries = 0; closed.length === 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(closed).toEqual([true]);
  });

  test('sends an endless body has the callback all the same, and is cut off after 64 KiB', async () => {
    let taken = 0;
    const closed: boolean[] = [];
    const endless = (socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n');
      const block = 'x'.repeat(16_384);
      const more = () => {
        while (!socket.destroyed && socket.write(block)) taken += block.length;
      };
      socket.on('drain', more).on('close', () => closed.push(true));
      more();
    };
    const receiver = kept(await startAwkward(endless));
    expect(await send(receiver.url)).toBe(200);
    for (let tries = 0; closed.length === 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(closed).toEqual([true]);
    expect(taken).toBeLessThan(50 * 1024 * 1024);
  });

  test('answers before its body hangs has the callback', async () => {
    const receiver = kept(
      await startAwkward((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')),
    );
    const work = send(receiver.url);
    expect(await timed(work)).toBeLessThan(900);
    expect(await work).toBe(200);
  });

  test.each<[string, (socket: Socket) => void]>([
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['closes without a word', (socket) => socket.end()],
    ['closes in the middle of the head', (socket) => socket.end('HTTP/1.1 200')],
    ['speaks no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
  ])('%s is unreachable', async (_, behave) => {
    const receiver = kept(await startAwkward(behave));
    await expect(send(receiver.url)).rejects.toMatchObject({ code: 'CallbackUnreachable', retryable: true });
  });

  test('is not there is unreachable, with the reason', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'CallbackUnreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('has a name nobody knows is unreachable', async () => {
    await expect(send('http://no-such-host.invalid/')).rejects.toMatchObject({ code: 'CallbackUnreachable' });
  });
});

describe('the status line decides, whatever follows it', () => {
  const line = 'HTTP/1.1 200 OK\r\n';
  test.each<[string, string | Buffer]>([
    ['bare LF as line ends', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['20 kB of headers', `${line}x-a: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['300 kB of headers', `${line}${`x-a: ${'y'.repeat(3_000)}\r\n`.repeat(100)}\r\n`],
    ['no reason phrase', 'HTTP/1.1 200\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\ndone'],
    ['HTTP/2 written as text', 'HTTP/2 200\r\ncontent-length: 0\r\n\r\n'],
    ['a wrong Content-Length', `${line}Content-Length: 9999\r\n\r\nshort`],
    ['a Content-Length that is no number', `${line}Content-Length: abc\r\n\r\n`],
    ['two Content-Lengths', `${line}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['chunks that are none', `${line}Transfer-Encoding: chunked\r\n\r\nno chunk`],
    ['a header without a colon', `${line}nonsense\r\n\r\n`],
    ['a header of control characters', Buffer.concat([Buffer.from(`${line}x: `), Buffer.from([1, 2, 3, 255, 13, 10])])],
    ['a head that does not end', `${line}x-a: b\r\n`],
    ['garbage after it', Buffer.concat([Buffer.from(`${line}Content-Length: 0\r\n\r\n`), Buffer.alloc(5_000, 0xff)])],
    ['an empty line before it', `\r\n${line}Content-Length: 0\r\n\r\n`],
    ['103 before it', `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${line}bad\r\n`],
  ])('%s', async (_, answer) => {
    const closing = kept(await startAwkward((socket) => void socket.end(answer)));
    expect(await send(closing.url)).toBe(200);
    const open = kept(await startAwkward((socket) => void socket.write(answer)));
    expect(await send(open.url)).toBe(200);
  });

  test.each([
    ['500 in a head that can not be parsed', 'HTTP/1.1 500 No\nx\n\n', 500],
    ['410', 'HTTP/1.1 410 Gone\r\nnonsense\r\n\r\n', 410],
  ])('%s', async (_, answer, status) => {
    const receiver = kept(await startAwkward((socket) => void socket.end(answer)));
    expect(await send(receiver.url)).toBe(status);
  });

  test('Retry-After is read from a head that cannot be parsed too', async () => {
    const answer = 'HTTP/1.1 429 Slow\r\nbad\r\nRetry-After: 7\r\n\r\n';
    const receiver = kept(await startAwkward((socket) => void socket.end(answer)));
    expect(await post({ url: receiver.url, body: '', headers: {} }, limits)).toEqual({
      status: 429,
      retryAfterMs: 7_000,
    });
  });

  test('an answer that is none can be logged', async () => {
    const receiver = kept(await startAwkward((socket) => void socket.end(Buffer.alloc(2_000, 0xfe))));
    const error = await send(receiver.url).catch((thrown: unknown) => thrown);
    const lines: string[] = [];
    const logger = createLogger({ app: 'notifier', destination: { write: (text) => void lines.push(text) } });
    logger.warn({ err: error, requestId: 'r1' }, 'a callback failed');
    expect(lines.join('')).not.toContain('unable to serialize');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: { message: expect.stringContaining('HPE_'), code: 'CallbackUnreachable' },
    });
  });
});

test('a certificate nobody vouches for is told as TLS', async () => {
  const dir = path.join(tmpdir(), `notifier-tls-${process.pid}`);
  execFileSync('mkdir', ['-p', dir]);
  const [key, cert] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-days', '1'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject];
  execFileSync('openssl', args, { stdio: 'ignore' });
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => response.end());
  rmSync(dir, { recursive: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
    code: 'CallbackUnreachable',
    message: expect.stringMatching(/^TLS failed: .*SELF_SIGNED/),
  });
  await expect(send(`https://127.0.0.1:${port}/`.replace('https', 'http'))).rejects.toMatchObject({
    code: 'CallbackUnreachable',
  });
});

test('a server without TLS behind https is given up in time', async () => {
  const receiver = kept(await startAwkward(() => undefined));
  const work = send(receiver.url.replace('http:', 'https:'));
  expect(await timed(work)).toBeLessThan(10_000);
  await expect(work).rejects.toMatchObject({ message: expect.stringContaining('no connection within 300 ms') });
});
