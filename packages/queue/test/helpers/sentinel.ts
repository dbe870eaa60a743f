import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './redis.ts';

/** A real Sentinel that watches the Redis at `primaryUrl` alone, and fails it over after a second. */
export async function startSentinel(primaryUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'queue-sentinel-'));
  const port = await freePort();
  const file = path.join(dir, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor primary 127.0.0.1 ${new URL(primaryUrl).port} 1`,
    'sentinel down-after-milliseconds primary 1000',
    'sentinel failover-timeout primary 5000',
  ];
  await writeFile(file, lines.join('\n'));
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const chunk of child.stdout) if (String(chunk).includes('+monitor')) break;
  child.stdout.resume();
  return {
    url: `redis+sentinel://127.0.0.1:${port}/primary`,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
