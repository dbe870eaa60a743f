import path from 'node:path';
import { ModeSchema } from '@trtc-recorder/contracts';
import { z } from 'zod';
import { parseFlags } from '../options.ts';

const Schema = z.object({
  seconds: z.coerce.number().min(2, 'at least 2').max(3600, 'at most an hour'),
  mode: ModeSchema,
  out: z.string().min(1),
  verbose: z.boolean().default(false),
});

/** `--seconds N --mode 00|01|02 --out DIR --verbose` */
export type DemoOptions = z.infer<typeof Schema>;

export const demoOptions = (args: readonly string[], cwd: string): DemoOptions => {
  const flags = {
    seconds: { type: 'string', default: '12' },
    mode: { type: 'string', default: '02' },
    out: { type: 'string', default: path.join(cwd, 'recordings') },
    verbose: { type: 'boolean', default: false },
  } as const;
  return parseFlags(args, flags, Schema);
};

/** A directory of this run's own, named so that a listing is in order of time. */
export const demoDirectory = (out: string, now: Date): string =>
  path.join(out, `demo-${now.toISOString().replaceAll(/[:.]/g, '-')}`);
