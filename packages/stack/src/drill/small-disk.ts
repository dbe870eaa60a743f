import { execFile } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Child } from '../child.ts';

const run = promisify(execFile);

/** A disk that can be filled without harm to the machine's own. */
export interface SmallDisk {
  /** Where it is: the WORK_DIR of a worker. */
  readonly dir: string;
  /** From now on `worker` can write about `leftBytes` more. */
  fill(worker: Child, leftBytes: number): Promise<void>;
  /** There is room again. */
  free(worker: Child): Promise<void>;
  remove(): Promise<void>;
}

const SIZE_MB = 64;

/** A tmpfs where this user may mount one; else a limit on the size of the worker's files, which its kernel enforces. */
export async function smallDisk(dir: string): Promise<SmallDisk> {
  await mkdir(dir, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'trtc-recorder-drill', dir]);
    return tmpfs(dir);
  } catch {
    return limitedFiles(dir);
  }
}

function tmpfs(dir: string): SmallDisk {
  // Not among the spools: the worker looks after those.
  const filler = path.join(dir, 'filler');
  return {
    dir: path.join(dir, 'spools'),
    fill: async (_worker, leftBytes) => {
      const { bavail, bsize } = await statfs(dir);
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)));
    },
    free: () => rm(filler, { force: true }),
    remove: async () => {
      await run('umount', [dir]);
    },
  };
}

/** Each file of the worker may grow to so many bytes: its writes fail with EFBIG, as they would with ENOSPC. */
function limitedFiles(dir: string): SmallDisk {
  const limit = (worker: Child, bytes: string) =>
    run('prlimit', ['--pid', String(worker.pid), `--fsize=${bytes}:unlimited`]);
  return {
    dir: path.join(dir, 'spools'),
    fill: async (worker, leftBytes) => {
      await limit(worker, String(Math.round(leftBytes)));
    },
    free: async (worker) => {
      await limit(worker, 'unlimited');
    },
    remove: () => Promise.resolve(),
  };
}
