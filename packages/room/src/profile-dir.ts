import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Names say whose they are, so that what a killed process left behind can be told from what is in use. */
const prefix = (): string => `trtc-recorder-chromium-${os.hostname()}-`;

/** A fresh user data directory for one Chromium. */
export const makeProfileDir = (): Promise<string> => mkdtemp(path.join(os.tmpdir(), `${prefix()}${process.pid}-`));

/** Chromium's last processes may still write while they go, hence the retries. */
export const removeProfileDir = (directory: string): Promise<void> =>
  rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });

/** Removes the directories of processes of this machine that were killed before they could. */
export async function sweepProfileDirs(): Promise<void> {
  const names = await readdir(os.tmpdir()).catch((): string[] => []);
  for (const name of names) {
    if (!name.startsWith(prefix())) continue;
    const pid = Number.parseInt(name.slice(prefix().length), 10);
    if (!Number.isNaN(pid) && !isAlive(pid)) await removeProfileDir(path.join(os.tmpdir(), name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
