import { AppError, isSystemError, startFault, toolEndFault } from '@trtc-recorder/runtime';
import ffmpeg, { type FfmpegCommand } from 'fluent-ffmpeg';
import type { FfmpegJob } from '../plan/ffmpeg-arguments.ts';
import { SAFE_INPUT, SAFE_RUN, toolEnvironment } from '../tool-safety.ts';

export interface RunOptions {
  /** Path of ffmpeg; found in PATH by default. */
  readonly ffmpegPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the media time done, in ms. */
  readonly onTime?: ((doneMs: number) => void) | undefined;
  /** Called with each line that says something could not be decoded: ffmpeg goes on then, and ends as if all were well. */
  readonly onComplaint?: ((line: string) => void) | undefined;
}

const TAIL_LINES = 20;
const STATISTICS = /\btime=(-?)(\d+):(\d+):(\d+(?:\.\d+)?)/;

type Callback = (error: Error | null, ...rings: unknown[]) => void;
interface Spawning {
  _spawnFfmpeg(...args: unknown[]): void;
}
const NO_LINES = { get: () => '', close: () => undefined, append: () => undefined, callback: () => undefined };

/** Has ffmpeg started with the environment of tool-safety.ts: fluent-ffmpeg has no option for it. */
const startWithoutSecrets = (command: FfmpegCommand): void => {
  const spawning = command as unknown as Spawning;
  const spawn = spawning._spawnFfmpeg.bind(command);
  spawning._spawnFfmpeg = (args, ...rest) => {
    const options = typeof rest[0] === 'object' ? (rest.shift() as object) : {};
    spawn(args, { ...options, env: toolEnvironment() }, ...rest);
  };
};

/**
 * fluent-ffmpeg 2.1.3 reads the output of a process that could not be started (no such file, no more processes), and the
 * pipes that it does not have without a free file descriptor. Both throw where nothing can catch it, which would end this
 * process. The first outcome counts: the error event of the process comes before the next turn of the event loop.
 */
const surviveFailedStart = (command: FfmpegCommand): void => {
  const spawning = command as unknown as Spawning;
  const spawn = spawning._spawnFfmpeg.bind(command);
  spawning._spawnFfmpeg = (...args) => {
    const callback = args.pop() as Callback;
    let isOver = false;
    const guarded: Callback = (error, stdout = NO_LINES, stderr = NO_LINES) => {
      if (isOver) return;
      isOver = true;
      callback(error, stdout, stderr);
    };
    try {
      spawn(...args, guarded);
    } catch (error) {
      setImmediate(() => guarded(error as Error));
    }
  };
};

const buildCommand = (job: FfmpegJob, ffmpegPath = 'ffmpeg'): FfmpegCommand => {
  // All of what filters print is kept, not its last lines.
  const command = ffmpeg({ stdoutLines: 0 });
  startWithoutSecrets(command);
  surviveFailedStart(command);
  // Set always: where fluent-ffmpeg looks for it, a start that fails throws later than it can be caught.
  command.setFfmpegPath(ffmpegPath);
  for (const { path, options } of job.inputs) {
    command.input(path);
    // One item would be split at a space; several are passed on as they are.
    command.inputOptions(...SAFE_INPUT, ...options);
  }
  return command.outputOptions(...SAFE_RUN, ...job.options).output(job.output);
};

const UNDECODABLE = /^Error (?:while decoding|submitting packet)|Invalid data found/;

/** Keeps the last lines that aren't progress, and reports those that are, and complaints. */
const readStderr =
  (tail: string[], { onTime, onComplaint }: RunOptions) =>
  (line: string) => {
    if (UNDECODABLE.test(line)) onComplaint?.(line);
    const match = STATISTICS.exec(line);
    if (match === null) {
      if (line.trim() !== '') tail.push(line.trim());
      if (tail.length > TAIL_LINES) tail.shift();
      return;
    }
    const [, sign, hours, minutes, seconds] = match;
    const doneMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    onTime?.(sign === '-' ? 0 : doneMs);
  };

/** Everything about a run that failed, for whoever has to find out why. */
const failure = (error: Error, commandLine: string, tail: readonly string[], startedAt: number): AppError => {
  const exitCode = /exited with code (\d+)/.exec(error.message)?.[1];
  const details = {
    command: commandLine,
    exitCode: exitCode === undefined ? undefined : Number(exitCode),
    signal: /killed with signal (\w+)/.exec(error.message)?.[1],
    durationMs: Date.now() - startedAt,
    stderrTail: [...tail],
  };
  // The process was not started at all.
  if (isSystemError(error)) return startFault('ffmpeg', error);
  const full = tail.some((line) => line.includes('No space left on device'));
  const last = details.signal ?? tail.at(-1) ?? error.message;
  const code = full ? 'SpoolFull' : (toolEndFault(details) ?? 'ConvertFailed');
  return new AppError(code, `ffmpeg failed: ${last}`, { cause: error, details });
};

/**
 * Runs ffmpeg to its end; gives the lines it wrote to its standard output. Errors: ConvertFailed with the command, exit
 * code, signal and last lines; SpoolFull when the disk is; ToolUnavailable and MachineExhausted when the machine can't run it; the signal's reason when aborted, after ffmpeg is gone.
 */
export async function runFfmpeg(job: FfmpegJob, options: RunOptions = {}): Promise<string[]> {
  const { signal } = options;
  signal?.throwIfAborted();
  const command = buildCommand(job, options.ffmpegPath);
  const tail: string[] = [];
  const startedAt = Date.now();
  let commandLine = 'ffmpeg';
  const kill = () => void command.kill('SIGKILL');
  try {
    return await new Promise<string[]>((resolve, reject) => {
      command.on('start', (line) => {
        commandLine = line;
        if (signal?.aborted === true) kill();
      });
      command.on('stderr', readStderr(tail, options));
      command.on('error', (error) => reject(error));
      command.on('end', (stdout) => resolve((stdout ?? '').split('\n')));
      signal?.addEventListener('abort', kill, { once: true });
      command.run();
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(error as Error, commandLine, tail, startedAt);
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}
