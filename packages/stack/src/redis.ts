import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { startChild, type Child } from './child.ts';

/** A TCP port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** The port itself, or a free one when it is left out or 0. */
export const portOrFree = async (port: number | undefined): Promise<number> =>
  port === undefined || port === 0 ? freePort() : port;

export interface RedisOptions {
  readonly dir: string;
  readonly command: string;
  /** Fixed port; a free one when left out. */
  readonly port?: number;
}

/** A Redis of the stack's own: loopback, own directory, every write in the append-only file, nothing evicted. */
export async function startRedis({ dir, command, port }: RedisOptions): Promise<Child & { url: string }> {
  await mkdir(dir, { recursive: true });
  for (let tries = 3; ; tries -= 1) {
    const chosen = await portOrFree(port);
    const settings = {
      port: chosen,
      bind: '127.0.0.1',
      dir,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    try {
      const child = await startChild({
        name: 'redis',
        command,
        args,
        env: { PATH: '/usr/bin:/bin:/usr/local/bin' },
        isReady: (line) => line.includes('Ready to accept connections'),
      });
      return Object.assign(child, { url: `redis://127.0.0.1:${chosen}` });
    } catch (error) {
      if (tries <= 1 || chosen === port) throw error;
    }
  }
}
