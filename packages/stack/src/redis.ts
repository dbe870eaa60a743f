import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { startChild, type Child } from './child.ts';

/** A TCP port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

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
    const chosen = port ?? (await freePort());
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
      if (port !== undefined || tries <= 1) throw error;
    }
  }
}
