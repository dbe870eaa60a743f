import { AppError } from '@trtc-recorder/runtime';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SAFE_INPUT, SAFE_RUN, toolEnvironment } from '../tool-safety.ts';

const TAIL_LINES = 20;

/**
 * Runs ffprobe or ffmpeg to look into one file; each line of its output goes to `onLine`, what it complains about to
 * `onComplaint`, and the first of it is returned. Errors: ConvertFailed when it can't run or fails; the signal's reason when aborted.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: {
    signal?: AbortSignal | undefined;
    onLine?: (line: string) => void;
    onComplaint?: (line: string) => void;
  } = {},
): Promise<string[]> {
  options.signal?.throwIfAborted();
  const safe = [...SAFE_RUN, ...SAFE_INPUT, ...args];
  const child = spawn(command, safe, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnvironment() });
  const complaints: string[] = [];
  const kill = () => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', kill, { once: true });
  createInterface({ input: child.stdout }).on('line', (line) => options.onLine?.(line));
  createInterface({ input: child.stderr }).on('line', (line) => {
    options.onComplaint?.(line);
    if (complaints.length < TAIL_LINES && line.trim() !== '') complaints.push(line.trim());
  });
  try {
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    options.signal?.throwIfAborted();
    if (exitCode === 0) return complaints;
    const details = { command: [command, ...safe].join(' '), exitCode, signal, stderrTail: complaints };
    throw new AppError('ConvertFailed', `${command} failed: ${complaints.at(-1) ?? 'no message'}`, { details });
  } catch (error) {
    if (error instanceof AppError || options.signal?.aborted === true) throw error;
    throw new AppError('ConvertFailed', `${command} could not be run`, { cause: error });
  } finally {
    options.signal?.removeEventListener('abort', kill);
  }
}
