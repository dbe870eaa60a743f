import path from 'node:path';
import { parseArgs } from 'node:util';
import { ModeSchema, type Mode } from '@trtc-recorder/contracts';
import { AppError, errorMessage } from '@trtc-recorder/runtime';

export const USAGE = 'Usage: recover SPOOL_DIRECTORY [--out DIRECTORY] [--mode 00|01|02]';

/** Command line → options. Error: InvalidConfiguration. */
export function parseOptions(args: readonly string[]): { spoolDir: string; outDir: string; mode: Mode | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { out: { type: 'string' }, mode: { type: 'string' } },
      allowPositionals: true,
    });
    const [spoolDir, ...more] = positionals;
    if (spoolDir === undefined || more.length > 0) throw new Error('one directory is needed');
    const outDir = values.out ?? `${path.basename(path.resolve(spoolDir))}-files`;
    return { spoolDir, outDir, mode: ModeSchema.optional().parse(values.mode) };
  } catch (cause) {
    throw new AppError('InvalidConfiguration', `${errorMessage(cause)}\n${USAGE}`, { cause });
  }
}
