import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { createAgent, type AgentOptions } from '@trtc-recorder/runtime';
import { startNameServer, type NameServer } from './name-server.ts';

let names: NameServer;
let certificate: { key: Buffer; cert: Buffer };
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  names = await startNameServer({ 'receiver.test': ['127.0.0.1'], 'dual.test': ['::1', '127.0.0.1'] });
  const dir = mkdtempSync(path.join(tmpdir(), 'trtc-recorder-tls-'));
  const [key, cert] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=receiver.test', '-addext', 'subjectAltName=DNS:receiver.test', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  certificate = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(dir, { recursive: true });
});
afterAll(() => names.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}
async function get(url: string, options: Partial<AgentOptions> = {}): Promise<string> {
  const agent = createAgent(new URL(url).protocol, {
    connectTimeoutMs: 5_000,
    names: { servers: [names.address], hostsFile: '/dev/null', resolvConf: '/dev/null' },
    ...options,
  });
  closing.push(() => agent.destroy());
  const client = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.get(url, { agent, ca: certificate.cert }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    });
    request.on('error', reject);
  });
}
/** A proxy that answers http: itself and tunnels the rest to loopback; gives what it was asked for. */
async function proxy(): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = http
    .createServer(({ method, url, headers }, response) => {
      asked.push(`${method} ${url} ${headers.host} ${headers['proxy-authorization'] ?? ''}`);
      response.end('by proxy');
    })
    .on('connect', ({ url = '', headers }, socket) => {
      asked.push(`CONNECT ${url} ${headers['proxy-authorization'] ?? ''}`);
      const target = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(target).pipe(socket);
      });
    });
  return { port: await listening(server), asked };
}

test('https is spoken with the name that was asked for, and its certificate checked', async () => {
  const port = await listening(https.createServer(certificate, (_, response) => response.end('secret')));
  expect(await get(`https://receiver.test:${port}/`)).toBe('200 secret');
  await expect(get(`https://dual.test:${port}/`)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('https goes through a tunnel of the proxy, which is given its login', async () => {
  const port = await listening(https.createServer(certificate, (_, response) => response.end('secret')));
  const through = await proxy();
  const forHttps = `http://user:pw@127.0.0.1:${through.port}`;
  expect(await get(`https://receiver.test:${port}/`, { proxy: { forHttps, forHttp: '', exempt: '' } })).toBe(
    '200 secret',
  );
  const login = Buffer.from('user:pw').toString('base64');
  expect(through.asked).toEqual([`CONNECT receiver.test:${port} Basic ${login}`]);
});

test('http is asked of the proxy by the whole URL', async () => {
  const through = await proxy();
  const settings = { forHttps: '', forHttp: `http://127.0.0.1:${through.port}`, exempt: 'exempt.test' };
  expect(await get('http://receiver.test:81/a?b=c', { proxy: settings })).toBe('200 by proxy');
  expect(through.asked).toEqual(['GET http://receiver.test:81/a?b=c receiver.test:81 ']);
});

test('a proxy that does not open a tunnel is told with its answer', async () => {
  const refusing = http.createServer().on('connect', (_, socket) => socket.end('HTTP/1.1 407 Login\r\n\r\n'));
  const port = await listening(refusing);
  const settings = { forHttps: `http://127.0.0.1:${port}`, forHttp: '', exempt: '' };
  await expect(get('https://receiver.test/', { proxy: settings })).rejects.toMatchObject({
    code: 'EPROXY',
    message: `the proxy 127.0.0.1:${port} answered 407 for receiver.test:443`,
  });
});

test.each(['https://receiver.test:PORT/', 'https://far.test/'])(
  'a peer that takes the connection and says nothing ends within the time: %s',
  async (url) => {
    const port = await listening(createTcpServer((socket) => closing.push(() => socket.destroy())));
    const forHttps = url.includes('PORT') ? '' : `http://127.0.0.1:${port}`;
    const asked = get(url.replace('PORT', String(port)), {
      connectTimeoutMs: 300,
      proxy: { forHttps, forHttp: '', exempt: '' },
    });
    await expect(asked).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringMatching(/^no connection within 300 ms: 127\.0\.0\.1:\d+ connected, no (?:part|answer)/),
    });
  },
);

test('destroying an agent ends what it connects to', async () => {
  const agent = createAgent('http:', { connectTimeoutMs: 60_000, names: { servers: ['127.0.0.1:9'] } });
  const request = http.get('http://silent.test/', { agent });
  const failed = once(request, 'error');
  agent.destroy();
  expect((await failed)[0]).toMatchObject({ code: 'ECANCELED' });
});
