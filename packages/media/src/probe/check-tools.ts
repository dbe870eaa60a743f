import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AppError, errorMessage, isExhaustion } from '@trtc-recorder/runtime';
import { toolEnvironment } from '../tool-safety.ts';

/** What ffmpeg must have to make the product's files, by the option that lists it. */
const NEEDED = {
  encoders: ['libx264', 'aac', 'libmp3lame'],
  decoders: ['h264', 'vp8', 'libopus', 'aac', 'mp3'],
  muxers: ['mp4', 'mp3', 'matroska', 'null'],
  demuxers: ['matroska', 'mov', 'mp3'],
  filters: ['scale', 'format', 'pad', 'setsar', 'trim', 'color', 'showinfo', 'aresample', 'atrim', 'asetpts', 'astats'],
} as const;

/** One tool gets this long to list what it has, ms: a busy machine needs seconds to start it. */
const WITHIN_MS = 30_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

const run = promisify(execFile);

export interface Tools {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
}

/**
 * Starts ffmpeg and ffprobe, and looks through what this ffmpeg was built with. Errors, one sentence each: ToolUnavailable,
 * MachineExhausted.
 */
export async function checkTools({ ffmpegPath, ffprobePath }: Tools): Promise<void> {
  const lacking: string[] = [];
  for (const [kind, names] of Object.entries(NEEDED)) {
    const listed = namesIn(await list('FFMPEG_PATH', ffmpegPath, [`-${kind}`]));
    const missing = names.filter((name) => !listed.has(name));
    if (missing.length > 0) lacking.push(`${kind} ${missing.join(', ')}`);
  }
  if (lacking.length > 0)
    throw new AppError(
      'ToolUnavailable',
      `FFMPEG_PATH=${ffmpegPath}: this ffmpeg lacks ${lacking.join('; ')}: install a full build, such as Debian ffmpeg`,
    );
  await list('FFPROBE_PATH', ffprobePath, ['-version']);
}

async function list(variable: string, path: string, args: readonly string[]): Promise<string> {
  const options = { env: toolEnvironment(), timeout: WITHIN_MS, maxBuffer: MAX_OUTPUT_BYTES, killSignal: 'SIGKILL' };
  try {
    const { stdout } = await run(path, ['-hide_banner', ...args], options as { env: NodeJS.ProcessEnv });
    return stdout;
  } catch (cause) {
    const code = isExhaustion(cause) ? 'MachineExhausted' : 'ToolUnavailable';
    throw new AppError(code, `${variable}=${path} cannot be run: ${reasonOf(cause)}`, { cause });
  }
}

const CURES: Readonly<Record<string, string>> = {
  ENOENT: 'no such program: install it, or correct the path',
  EACCES: 'this user may not run it: correct its permissions',
};

function reasonOf(cause: unknown): string {
  const { code, killed, stderr } = cause as { code?: unknown; killed?: boolean; stderr?: string };
  if (killed === true) return `it did not answer within ${WITHIN_MS} ms`;
  if (typeof code === 'string') return CURES[code] ?? errorMessage(cause);
  return stderr?.trim().split('\n').at(-1) || errorMessage(cause);
}

/**
 * The names in ffmpeg's list: the second word of each line after the dashes that end its legend. Formats that share one
 * implementation stand in one line: `matroska,webm`.
 */
export function namesIn(text: string): ReadonlySet<string> {
  const lines = text.split('\n');
  const legendEnd = lines.findIndex((line) => /^\s*-+\s*$/.test(line));
  return new Set(lines.slice(legendEnd + 1).flatMap((line) => line.trim().split(/\s+/)[1]?.split(',') ?? []));
}
