import { parseArgs } from 'node:util';
import { AppError, errorMessage, probablyMeant } from '@trtc-recorder/runtime';
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

interface Flag {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly default?: string | boolean | string[] | boolean[];
  /** For --help: what it does, and how its value is called there. */
  readonly about?: string;
  readonly value?: string;
}
export type Flags = Readonly<Record<string, Flag>>;

/** Command line → checked options; a wrong flag or value is an error that names both. */
export function parseFlags<S extends z.ZodObject>(args: readonly string[], flags: Flags, schema: S): z.infer<S> {
  const values = valuesOf(args, flags);
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: [name = ''], message }) => {
    const value = values[String(name)];
    return `--${String(name)}${typeof value === 'string' ? ` ${value}` : ''}: ${message}`;
  });
  throw new AppError('InvalidConfiguration', faults.join('; '));
}

function valuesOf(args: readonly string[], flags: Flags): Record<string, unknown> {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (cause) {
    const unknown = args
      .map((arg) => /^--([\w-]+)/.exec(arg)?.[1])
      .find((name) => name !== undefined && !(name in flags));
    const meant = unknown === undefined ? undefined : probablyMeant(unknown, Object.keys(flags));
    const hint = meant === undefined ? '--help lists the options' : `did you mean --${meant}?`;
    const problem = unknown === undefined ? errorMessage(cause) : `there is no option --${unknown}`;
    throw new AppError('InvalidConfiguration', `${problem}; ${hint}`, { cause });
  }
}

/** A number within bounds, on the command line. */
export const number = (min: number, max: number) => {
  const error = `it must be a number from ${min} to ${max}`;
  return z.coerce.number({ error }).min(min, error).max(max, error);
};

/** A whole number within bounds, on the command line. */
export const wholeNumber = (min: number, max: number) => {
  const error = `it must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
};

export interface Usage {
  /** As in `npm run demo`. */
  readonly command: string;
  readonly about: string;
  readonly flags: Flags;
}

/** Prints the usage, if that is what is asked for. */
export function printsHelp(args: readonly string[], usage: Usage): boolean {
  const asked = args.includes('--help') || args.includes('-h');
  if (asked) process.stdout.write(helpText(usage));
  return asked;
}

export function helpText({ command, about, flags }: Usage): string {
  const all: Flags = { ...flags, help: { type: 'boolean', about: 'show this' } };
  const rows = Object.entries(all).map(([name, flag]): [string, string] => [
    `--${name}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`,
    aboutOf(flag),
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return `${about}\n\nUsage: npm run ${command} -- [options]\n\n${lines.join('\n')}\n`;
}

function aboutOf({ about = '', multiple, default: byDefault }: Flag): string {
  const more = [
    ...(multiple === true ? ['may be repeated'] : []),
    ...(typeof byDefault === 'string' ? [`default ${byDefault}`] : []),
  ];
  return `${about}${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
}
