import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, errorMessage, systemCode, withTimeout } from '@trtc-recorder/runtime';

/** A probe file that takes longer than this means that the file system does not answer, ms. */
const WITHIN_MS = 15_000;
const PROBE_BYTES = 4_096;
/** A full disk is no broken one: what lies on it is delivered, which makes room. See disk-watch.ts. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Writes, syncs, reads back and deletes a file under WORK_DIR, because nothing less shows that a recording can be kept
 * there. While a check hangs, as on a share that is away, none is begun beside it.
 */
export class DirectoryCheck {
  readonly #dir: string;
  #running: Promise<void> | null = null;
  #isFull = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Whether the last check could not write for want of space, by a quota for example. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** At the start: the directory is made if it is missing. Error: SpoolFailed. */
  prepare(): Promise<void> {
    return this.#inTime(makeDirectory(this.#dir).then(() => this.#probe()));
  }

  /** Error: SpoolFailed, with the user, the path, the cause and the cure. */
  async run(): Promise<void> {
    const running = (this.#running ??= this.#probe().finally(() => {
      this.#running = null;
    }));
    await this.#inTime(running);
  }

  async #inTime(work: Promise<void>): Promise<void> {
    const late = () =>
      directoryFault(this.#dir, `the file system does not answer within ${WITHIN_MS / 1000} s`, 'ETIMEDOUT');
    try {
      await withTimeout(work, WITHIN_MS, late);
    } catch (error) {
      throw error instanceof AppError
        ? error
        : directoryFault(this.#dir, errorMessage(error), systemCode(error), error);
    }
  }

  async #probe(): Promise<void> {
    const file = path.join(this.#dir, `.probe-${process.pid}-${randomBytes(6).toString('hex')}`);
    const written = randomBytes(PROBE_BYTES);
    try {
      await writeAndSync(file, written);
      if (!(await readFile(file)).equals(written)) throw new Error('a file reads back other than it was written');
      this.#isFull = false;
    } catch (error) {
      await rm(file, { force: true }).catch(() => undefined);
      this.#isFull = FULL.has(systemCode(error));
      if (this.#isFull) return;
      throw error;
    }
    await rm(file);
  }
}

async function writeAndSync(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Node's recursive mkdir never returns for a path such as /proc/x, where a directory that exists takes no others. */
async function makeDirectory(dir: string): Promise<void> {
  const missing: string[] = [];
  for (let next = dir; ; next = path.dirname(next)) {
    const code = await mkdir(next).then(() => undefined, systemCode);
    if (code === undefined || code === 'EEXIST') break;
    // The root itself answers EEXIST, so this ends.
    if (code !== 'ENOENT' || next === path.dirname(next)) {
      await mkdir(next);
      break;
    }
    missing.unshift(next);
  }
  for (const next of missing) await mkdir(next);
}

const CURES: Readonly<Record<string, (uid: string) => string>> = {
  EACCES: (uid) => `give the directory to that user: chown -R ${uid} <directory>`,
  EPERM: (uid) => `give the directory to that user: chown -R ${uid} <directory>`,
  EROFS: () => 'mount the file system for writing',
  ENOTDIR: () => 'name a directory, not a file',
  EEXIST: () => 'name a directory, not a file',
  ENOENT: () => 'create the directory, or mount its volume',
  ELOOP: () => 'remove the circle of symbolic links',
  EMFILE: () => 'raise the limit of open files (ulimit -n), or lower ROOMS_PER_WORKER',
  ENFILE: () => 'raise the limit of open files of the machine (fs.file-max)',
};

function directoryFault(dir: string, problem: string, code?: string, cause?: unknown): AppError {
  const uid = process.geteuid?.();
  // What permissions refuse to others, only the file system itself refuses to root.
  const isOfPermissions = code === 'EACCES' || code === 'EPERM';
  const known = uid === 0 && isOfPermissions ? undefined : CURES[code ?? ''];
  const cure = known?.(`${uid}:${process.getegid?.()}`) ?? 'check the mount and its permissions';
  const message = `WORK_DIR=${dir} cannot be used by uid ${uid}: ${problem}: ${cure.replace('<directory>', dir)}`;
  return new AppError('SpoolFailed', message, { cause, details: { code } });
}
