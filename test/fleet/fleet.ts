import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@trtc-recorder/runtime';
import { startCaller, startStack, type Caller, type Stack, type StackOptions } from '@trtc-recorder/stack';

/** The whole product running for a test, with what a caller and an operator of it would use. */
export interface Fleet extends Omit<Caller, 'close'> {
  readonly stack: Stack;
  /** Every line its processes printed, for the message of a failing test. */
  readonly lines: readonly string[];
  /** Ends everything and removes the directory. */
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly workers?: number;
  readonly env?: NonNullable<StackOptions['env']>;
}

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-fleet-'));
  const lines: string[] = [];
  const env = process.env;
  const stack = await startStack({
    dir,
    searchPath: env['PATH'] ?? '',
    tools: {
      redisServer: env['REDIS_SERVER_PATH'] ?? 'redis-server',
      chromium: env['CHROMIUM_PATH'] ?? '',
      ffmpeg: env['FFMPEG_PATH'] ?? 'ffmpeg',
      ffprobe: env['FFPROBE_PATH'] ?? 'ffprobe',
    },
    logger: silentLogger(),
    onLine: (name, line) => lines.push(`[${name}] ${line}`),
    ...options,
  });
  const { close, ...caller } = await startCaller(stack);
  return {
    stack,
    lines,
    ...caller,
    stop: async () => {
      await close();
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
