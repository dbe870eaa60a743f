import { parseArgs } from 'node:util';
import { AppError } from '@trtc-recorder/runtime';
import { z } from 'zod';
import type { Tools } from './parts.ts';

/** Where the programs are, from the environment that the set-up script leaves. */
export const ToolsSchema = z
  .object({
    REDIS_SERVER_PATH: z.string().default('redis-server').describe('redis-server binary'),
    CHROMIUM_PATH: z.string().default('').describe('Chromium binary; empty: the one on PATH'),
    FFMPEG_PATH: z.string().default('ffmpeg').describe('ffmpeg binary'),
    FFPROBE_PATH: z.string().default('ffprobe').describe('ffprobe binary'),
  })
  .transform((env): Tools => ({
    redisServer: env.REDIS_SERVER_PATH,
    chromium: env.CHROMIUM_PATH,
    ffmpeg: env.FFMPEG_PATH,
    ffprobe: env.FFPROBE_PATH,
  }));

type Flags = Record<
  string,
  { type: 'string' | 'boolean'; multiple?: boolean; default?: string | boolean | string[] | boolean[] }
>;

/** Command line → checked options; a wrong flag or value is an error that names it. */
export function parseFlags<S extends z.ZodObject>(args: readonly string[], flags: Flags, schema: S): z.infer<S> {
  try {
    const { values } = parseArgs({ args: [...args], options: flags, strict: true });
    const parsed = schema.safeParse(values);
    if (parsed.success) return parsed.data;
    throw new Error(parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; '));
  } catch (error) {
    throw new AppError('InvalidConfiguration', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
