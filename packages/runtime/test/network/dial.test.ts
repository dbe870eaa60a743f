import { afterEach, expect, test, describe } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConnectError, dial, lookUp } from '@trtc-recorder/runtime';
import { startNameServer, type Zone } from './name-server.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function names(zone: Zone, files: { hosts?: string; resolv?: string } = {}) {
  const server = await startNameServer(zone);
  const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-names-'));
  closing.push(
    () => server.close(),
    () => rm(dir, { recursive: true }),
  );
  const [hostsFile, resolvConf] = [path.join(dir, 'hosts'), path.join(dir, 'resolv.conf')];
  await writeFile(hostsFile, files.hosts ?? '');
  await writeFile(resolvConf, files.resolv ?? '');
  return { hostsFile, resolvConf, servers: [server.address], asked: server.asked };
}
async function listener(host: string): Promise<number> {
  const server: Server = createServer((socket) => socket.end()).listen(0, host);
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}
const never = new AbortController().signal;
const found = async (name: string, sources: Awaited<ReturnType<typeof names>>, signal = never) => {
  const { addresses, later } = await lookUp(name, signal, sources);
  return [...addresses, ...(await later)];
};

describe('a name', () => {
  test('that no server answers for delays neither other names nor the file system', async () => {
    const silent = Array.from({ length: 20 }, (_, index) => `silent-${index}.test`);
    const zone = { ...Object.fromEntries(silent.map((name) => [name, 'silent' as const])), 'well.test': ['192.0.2.1'] };
    const sources = await names(zone);
    const abandon = new AbortController();
    const hanging = silent.map((name) => lookUp(name, abandon.signal, sources).catch((error: unknown) => error));
    let settled = 0;
    for (const lookup of hanging) void lookup.then(() => (settled += 1));
    expect(await found('well.test', sources)).toEqual(['192.0.2.1']);
    expect((await readFile(sources.hostsFile, 'utf8')).length).toBe(0);
    expect(settled).toBe(0);
    abandon.abort(new Error('given up'));
    expect(await Promise.all(hanging)).toEqual(silent.map(() => expect.objectContaining({ message: 'given up' })));
  });

  test('with one family that is not answered for has the other', async () => {
    const sources = await names({ 'four.test': { silent: 'AAAA', addresses: ['192.0.2.1'] } });
    const abandon = new AbortController();
    const { addresses, later } = await lookUp('four.test', abandon.signal, sources);
    expect(addresses).toEqual(['192.0.2.1']);
    abandon.abort();
    expect(await later).toEqual([]);
  });

  test.each([
    ['has addresses of both families', 'both.test', ['2001:db8::1', '192.0.2.1']],
    ['is found in the hosts file first, in any case', 'HOSTED.test', ['192.0.2.9', '2001:db8::9']],
    ['is completed by the search list', 'receiver', ['192.0.2.2']],
    ['with fewer dots than ndots too', 'receiver.prod', ['192.0.2.3']],
    ['with a dot at its end is taken as it is', 'both.test.', ['2001:db8::1', '192.0.2.1']],
    ['localhost needs no server', 'localhost', ['127.0.0.1', '::1']],
    ['an address is itself', '2001:db8::5', ['2001:db8::5']],
  ])('%s', async (_, name, expected) => {
    const sources = await names(
      {
        'both.test': ['192.0.2.1', '2001:db8::1'],
        'receiver.prod.svc.test': ['192.0.2.2'],
        'receiver.prod.cluster.test': ['192.0.2.3'],
      },
      {
        hosts: '# hosts\n192.0.2.9 hosted.test other # comment\n2001:db8::9\thosted.test\n',
        resolv: 'search prod.svc.test cluster.test\noptions timeout:1 ndots:5\n',
      },
    );
    expect(await found(name, sources)).toEqual(expected);
  });

  test('that nobody has is ENOTFOUND, with the name', async () => {
    const error = await found('no-such.invalid', await names({})).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: 'ENOTFOUND', message: expect.stringContaining('no-such.invalid') });
  });
});

describe('a connection', () => {
  test.each([['127.0.0.1'], ['::1']])('is made to the family that is served: %s', async (host) => {
    const port = await listener(host);
    const sources = await names({ 'dual.test': ['127.0.0.1', '::1'] });
    const socket = await dial({ host: 'dual.test', port, timeoutMs: 10_000, names: sources });
    expect(socket.remoteAddress).toBe(host);
    socket.destroy();
  });

  test('that no address accepts fails with each address and its own code', async () => {
    const port = await listener('127.0.0.1');
    const sources = await names({ 'closed.test': ['127.0.0.2', '::1'] });
    await expect(dial({ host: 'closed.test', port, timeoutMs: 10_000, names: sources })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: `no connection: [::1]:${port} ECONNREFUSED, 127.0.0.2:${port} ECONNREFUSED`,
      addresses: [
        { address: '::1', port, code: 'ECONNREFUSED' },
        { address: '127.0.0.2', port, code: 'ECONNREFUSED' },
      ],
    });
  });

  test('to a name that is not answered for ends within its time, and says that it was the name server', async () => {
    const sources = await names({ 'silent.test': 'silent' });
    await expect(dial({ host: 'silent.test', port: 80, timeoutMs: 300, names: sources })).rejects.toMatchObject({
      code: 'ETIMEOUT',
      message: 'no name server answered for silent.test within 300 ms (ETIMEOUT)',
    });
  });

  test('may be refused for any of the addresses', async () => {
    const port = await listener('127.0.0.1');
    const sources = await names({ 'mixed.test': ['127.0.0.1', '127.0.0.2'] });
    const check = (address: string) => {
      if (address === '127.0.0.2') throw new Error('not that one');
    };
    await expect(dial({ host: 'mixed.test', port, timeoutMs: 9_000, check, names: sources })).rejects.toThrow(
      'not that',
    );
  });

  test('is given up with the reason of its signal', async () => {
    const sources = await names({ 'silent.test': 'silent' });
    const controller = new AbortController();
    const dialling = dial({
      host: 'silent.test',
      port: 80,
      timeoutMs: 60_000,
      signal: controller.signal,
      names: sources,
    });
    controller.abort(new Error('cancelled'));
    await expect(dialling).rejects.toThrow('cancelled');
  });
});
