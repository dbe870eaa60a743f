import { AppError, startFault, toolEndFault } from '@trtc-recorder/runtime';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SAFE_INPUT, SAFE_RUN, toolEnvironment } from '../tool-safety.ts';

const TAIL_LINES = 20;

/**
 * Runs ffprobe or ffmpeg to look into one file; each line of its output goes to `onLine`, what it complains about to
 * `onComplaint`, and the first of it is returned. Errors: ToolUnavailable and MachineExhausted when the machine can't run it;
 * ConvertFailed when it fails; the signal's reason when aborted.
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
  const complaints: string[] = [];
  let kill = (): void => undefined;
  try {
    const child = spawn(command, safe, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnvironment() });
    kill = () => void child.kill('SIGKILL');
    options.signal?.addEventListener('abort', kill, { once: true });
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    // Without a free file descriptor there are no pipes; the error event follows.
    const { stdout, stderr } = child as Partial<typeof child>;
    if (stdout) createInterface({ input: stdout }).on('line', (line) => options.onLine?.(line));
    if (stderr)
      createInterface({ input: stderr }).on('line', (line) => {
        options.onComplaint?.(line);
        if (complaints.length < TAIL_LINES && line.trim() !== '') complaints.push(line.trim());
      });
    const [exitCode, signal] = await closed;
    options.signal?.throwIfAborted();
    if (exitCode === 0) return complaints;
    const details = { command: [command, ...safe].join(' '), exitCode, signal, stderrTail: complaints };
    const code = toolEndFault({ exitCode, signal }) ?? 'ConvertFailed';
    throw new AppError(code, `${command} failed: ${complaints.at(-1) ?? signal ?? 'no message'}`, { details });
  } catch (error) {
    if (error instanceof AppError || options.signal?.aborted === true) throw error;
    throw startFault(command, error);
  } finally {
    options.signal?.removeEventListener('abort', kill);
  }
}
