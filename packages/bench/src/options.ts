import { parseFlags } from '@trtc-recorder/stack';
import { z } from 'zod';
import { CASES } from './cases.ts';
import { HOUR_CASE } from './hour/hour.ts';

/** Every name that `--case` takes. */
export const CASE_NAMES: readonly string[] = [...CASES.map(({ name }) => name), HOUR_CASE];

const Schema = z.object({
  case: z.array(
    z.string().refine((name) => CASE_NAMES.includes(name), { error: `not one of ${CASE_NAMES.join(', ')}` }),
  ),
  json: z.boolean(),
  parallel: z.coerce.number().int().min(1).max(32),
  keep: z.string().optional(),
});

/** `--case NAME` (several; all without), `--json`, `--parallel N`, `--keep DIR` (the stack's directory, with the files) */
export type BenchOptions = z.infer<typeof Schema>;

export const benchOptions = (args: readonly string[]): BenchOptions => {
  const flags = {
    case: { type: 'string' as const, multiple: true, default: [] as string[] },
    json: { type: 'boolean' as const, default: false },
    parallel: { type: 'string' as const, default: '4' },
    keep: { type: 'string' as const },
  };
  const options = parseFlags(args, flags, Schema);
  return options.case.length === 0 ? { ...options, case: [...CASE_NAMES] } : options;
};
