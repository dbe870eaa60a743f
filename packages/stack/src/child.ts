import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether a line of its output means that it is ready. */
  readonly isReady: (line: string) => boolean;
  /** Every line of its standard output and standard error. */
  readonly onLine?: (line: string) => void;
  /** Time limit until it is ready, ms. */
  readonly readyWithinMs?: number;
}

/** A process of the stack, ended by its own pid and nothing else. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The line that said it is ready. */
  readonly readyLine: string;
  readonly running: boolean;
  /** Resolves with the exit code (null: ended by a signal). */
  readonly exited: Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
}

const KEPT_LINES = 40;

/** Starts a process and waits until it says that it is ready; its last lines are in the error if it doesn't. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, args, env, cwd, isReady, onLine, readyWithinMs = 60_000 } = options;
  // A process group of its own: Ctrl-C reaches the parent alone, which then ends its children in order.
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const last: string[] = [];
  const exited = once(child, 'exit').then(
    ([code]) => code as number | null,
    () => null,
  );
  const ready = new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}\n${last.join('\n')}`));
    const timer = setTimeout(() => fail(`was not ready within ${readyWithinMs} ms`), readyWithinMs);
    const hear = (line: string) => {
      last.push(line);
      if (last.length > KEPT_LINES) last.shift();
      onLine?.(line);
      if (isReady(line)) {
        clearTimeout(timer);
        resolve(line);
      }
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', hear);
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(`did not start: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended at once (${signal ?? `exit code ${code ?? '?'}`})`);
    });
  });
  try {
    const readyLine = await ready;
    return Object.assign(control(child, exited), { name, pid: child.pid ?? 0, readyLine, exited });
  } catch (error) {
    await control(child, exited).stop(0);
    throw error;
  }
}

function control(child: ChildProcess, exited: Promise<number | null>) {
  const gone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  return {
    get running() {
      return !gone();
    },
    signal(signal: NodeJS.Signals) {
      if (!gone()) child.kill(signal);
    },
    async stop(graceMs = 20_000) {
      if (gone()) return;
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(kill);
    },
  };
}
