import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { AppError, errorMessage, withTimeout, type Logger } from '@trtc-recorder/runtime';
import { chromiumArgs, findChromium } from './chromium-args.ts';
import { DevTools } from './devtools.ts';
import { watchForHang } from './hang-watch.ts';
import { makeProfileDir, removeProfileDir, sweepProfileDirs } from './profile-dir.ts';

const START_MS = 20_000;
const CLOSE_MS = 3_000;
const STDERR_TAIL = 2_000;

/** A running Chromium of our own: its process, its pipe, its directory. */
export class Chromium {
  readonly devtools: DevTools;
  readonly #process: ChildProcess;
  readonly #profileDir: string;
  readonly #exited: Promise<unknown>;
  readonly #goneListeners = new Set<(error: AppError) => void>();
  #stderr = '';
  readonly #hangWatch: { stop(): void };
  #hangs = false;
  #closing = false;
  #gone: AppError | undefined;

  constructor(child: ChildProcess, profileDir: string) {
    this.#process = child;
    this.#profileDir = profileDir;
    this.devtools = new DevTools(child.stdio[3] as Writable, child.stdio[4] as Readable);
    this.#hangWatch = watchForHang(this.devtools, () => {
      this.#hangs = true;
      this.#killGroup();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    this.#exited = once(child, 'exit').then(
      ([code, signal]) => this.#onGone(`it ended (exit code ${String(code)}, signal ${String(signal)})`),
      (error: unknown) => this.#onGone(errorMessage(error)),
    );
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return this.#gone === undefined;
  }

  /** Called once when the browser is gone without having been closed; at once when it already is. */
  onGone(listener: (error: AppError) => void): void {
    if (this.#gone && !this.#closing) listener(this.#gone);
    else this.#goneListeners.add(listener);
  }

  /** What Chromium said last on its standard error. */
  get stderrTail(): string {
    return this.#stderr.trim();
  }

  /** Asks it to go, kills its process group when it does not, and removes its directory. Never hangs. */
  async close(): Promise<void> {
    this.#closing = true;
    this.devtools.send('Browser.close').catch(() => undefined);
    await withTimeout(this.#exited, CLOSE_MS, () => new Error('late')).catch(() => undefined);
    this.#killGroup();
    await this.#exited;
    await removeProfileDir(this.#profileDir);
  }

  /** Also after the main process went: a renderer that hangs does not follow it. */
  #killGroup(): void {
    try {
      if (this.pid !== undefined) process.kill(-this.pid, 'SIGKILL');
    } catch {
      // Nobody is left.
    }
  }

  #onGone(how: string): void {
    this.#hangWatch.stop();
    const why = this.#hangs ? 'it hung and was killed' : how;
    this.#gone = new AppError('BrowserCrashed', `Chromium is gone: ${why}`, { details: { stderr: this.stderrTail } });
    this.devtools.close(this.#gone);
    this.#killGroup();
    if (!this.#closing) {
      for (const listener of this.#goneListeners) listener(this.#gone);
      removeProfileDir(this.#profileDir).catch(() => undefined);
    }
    this.#goneListeners.clear();
  }
}

/** Starts Chromium and waits until it answers. Errors: BrowserUnavailable. */
export async function launchChromium(options: {
  readonly path: string | undefined;
  readonly extraArgs: readonly string[];
  readonly logger: Logger;
}): Promise<Chromium> {
  const file = await findChromium(options.path);
  const chromium = await start(file, options.extraArgs).catch((cause: unknown) => {
    throw new AppError('BrowserUnavailable', `${file} could not be started: ${errorMessage(cause)}`, { cause });
  });
  try {
    const version = await withTimeout(
      chromium.devtools.send('Browser.getVersion'),
      START_MS,
      () => new AppError('BrowserUnavailable', `Chromium did not answer within ${START_MS} ms`),
    );
    options.logger.info({ pid: chromium.pid, ...(version as object) }, 'Chromium started');
    return chromium;
  } catch (error) {
    await chromium.close();
    const why = chromium.stderrTail || errorMessage(error);
    const message = `Chromium did not start: ${why}: check CHROMIUM_PATH=${file} and CHROMIUM_ARGS`;
    throw new AppError('BrowserUnavailable', message, { cause: error });
  }
}

/** Errors: those of the system, when it refuses the process or the profile directory. */
async function start(file: string, extra: readonly string[]): Promise<Chromium> {
  await sweepProfileDirs();
  const profileDir = await makeProfileDir();
  try {
    const args = chromiumArgs({ profileDir, extra, isRoot: process.getuid?.() === 0 });
    // None of our environment, which may hold secrets; what Chromium writes outside its profile goes there too.
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: profileDir, TMPDIR: profileDir };
    // A process group of its own: a signal to ours (Ctrl-C) must not end recordings that are being drained. It ends by
    // itself when the pipe closes, also when this process is killed.
    const child = spawn(file, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    // Not started: the error event follows. Without a free file descriptor there are no pipes either.
    if (child.pid === undefined) await once(child, 'spawn');
    return new Chromium(child, profileDir);
  } catch (error) {
    await removeProfileDir(profileDir).catch(() => undefined);
    throw error;
  }
}
