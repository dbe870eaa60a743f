import path from 'node:path';
import { ModeSchema } from '@trtc-recorder/contracts';
import { z } from 'zod';
import { number, parseFlags, type Usage } from '../options.ts';

const Schema = z.object({
  seconds: number(2, 3600),
  mode: ModeSchema,
  out: z.string().min(1, 'it must be a directory'),
  verbose: z.boolean().default(false),
});

export type DemoOptions = z.infer<typeof Schema>;

export const demoUsage = (cwd: string): Usage => ({
  command: 'demo',
  about: 'Two anchors enter a room of the sandbox; their recording, its callback, and the files to play.',
  flags: {
    seconds: { type: 'string', default: '12', value: 'N', about: 'how long to record, 2 to 3600' },
    mode: { type: 'string', default: '02', value: 'MODE', about: '00 audio, 01 video, 02 both' },
    out: { type: 'string', default: path.join(cwd, 'recordings'), value: 'DIR', about: 'where the files go' },
    verbose: { type: 'boolean', default: false, about: 'print the logs of all processes' },
  },
});

export const demoOptions = (args: readonly string[], cwd: string): DemoOptions =>
  parseFlags(args, demoUsage(cwd).flags, Schema);

/** A directory of this run's own, named so that a listing is in order of time. */
export const demoDirectory = (out: string, now: Date): string =>
  path.join(out, `demo-${now.toISOString().replaceAll(/[:.]/g, '-')}`);
