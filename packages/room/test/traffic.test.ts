import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Tape } from './kit/tape.ts';
import { newRoom, startWorld, type World } from './kit/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

/** Past the requests that a Chromium without our arguments makes: it begins them within 12 s. */
const CAPTURE_MS = 20_000;

/** A proxy that notes what it is asked for, and refuses it. Chromium asks none for loopback addresses. */
async function watchingProxy() {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request: http.IncomingMessage, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 refused\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** The hosts that a net log of Chromium names: of requests, lookups and connections. */
const hostsIn = (netLog: string): string[] => [
  ...new Set([...netLog.matchAll(/"(?:url|host)":"(?:[a-z]+:\/\/)?(\[[^\]]*\]|[^/:"]+)/g)].map(([, host]) => host!)),
];

test('a capture browser makes no request but the recording’s: start, spare page, join, capture', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'traffic-'));
  const netLog = path.join(directory, 'net-log.json');
  const proxy = await watchingProxy();
  const browser = await world.launch({ chromiumArgs: [`--proxy-server=${proxy.url}`, `--log-net-log=${netLog}`] });
  const name = newRoom();
  await world.room(name).addAnchors({ userId: 'anna', clip: { width: 160, height: 120, kbps: 100 } });
  const tape = new Tape();
  const session = await browser.join(world.params(name), tape);
  await tape.further(15, 'anna/main/video', 'anna/main/audio');
  await new Promise((resolve) => setTimeout(resolve, CAPTURE_MS));
  await session.leave();
  await browser.close();
  const hosts = hostsIn(await readFile(netLog, 'utf8'));
  proxy.server.close();
  await rm(directory, { recursive: true });
  expect(proxy.asked).toEqual([]);
  expect(hosts).toContain('127.0.0.1');
  expect(hosts.filter((host) => host !== '127.0.0.1')).toEqual([]);
}, 90_000);
