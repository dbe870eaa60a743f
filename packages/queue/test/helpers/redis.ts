import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';

export interface TestRedis {
  readonly url: string;
  /** A client for looking at what lies in it. */
  readonly client: Redis;
  /** SIGKILL, as a machine that dies; `start` brings it back on the same port with what its disk has. */
  kill(): Promise<void>;
  start(): Promise<void>;
  readonly running: boolean;
  /** SIGSTOP and SIGCONT: it hangs, its connections stay open. */
  freeze(): Promise<void>;
  thaw(): void;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A real redis-server: own process, own directory, a port the system chose; ended by its pid. */
export async function startTestRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const dir = await mkdtemp(path.join(tmpdir(), 'queue-redis-'));
  const port = await freePort();
  const all = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    ...settings,
  };
  const args = Object.entries(all).flatMap(([key, value]) => [`--${key}`, value]);
  const launch = async () => {
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const chunk of child.stdout)
      if (String(chunk).includes('Ready to accept')) {
        child.stdout.resume();
        return child;
      }
    throw new Error(`redis-server on port ${port} ended at once: somebody else may have taken the port`);
  };
  let child = await launch();
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (gone()) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { maxRetriesPerRequest: null, password: settings.requirepass });
  client.on('error', () => undefined);
  return {
    url,
    client,
    kill: () => end('SIGKILL'),
    start: async () => {
      child = await launch();
    },
    get running() {
      return !gone();
    },
    freeze: () => Promise.resolve(void child.kill('SIGSTOP')),
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      client.disconnect();
      await end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
