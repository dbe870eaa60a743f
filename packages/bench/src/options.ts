import { parseFlags } from '@trtc-recorder/stack';
import { z } from 'zod';
import { CASES } from './cases.ts';
import { HOUR_CASE } from './hour/hour.ts';
import { SENDER_CASES } from './senders.ts';

/** What is played when no case is named. */
const FIXED: readonly string[] = [...CASES.map(({ name }) => name), HOUR_CASE];
const SENDERS: readonly string[] = SENDER_CASES.map(({ name }) => name);
/** Every name that `--case` takes. */
export const CASE_NAMES: readonly string[] = [...FIXED, ...SENDERS];

const Schema = z.object({
  case: z.array(
    z.string().refine((name) => CASE_NAMES.includes(name), { error: `not one of ${CASE_NAMES.join(', ')}` }),
  ),
  senders: z.boolean(),
  json: z.boolean(),
  parallel: z.coerce.number().int().min(1).max(32),
  keep: z.string().optional(),
});

/** `--case NAME` (several; all fixed ones without), `--senders` (the generated ones), `--json`, `--parallel N`, `--keep DIR` (the stack's directory, with the files) */
export type BenchOptions = z.infer<typeof Schema>;

export const benchOptions = (args: readonly string[]): BenchOptions => {
  const flags = {
    case: { type: 'string' as const, multiple: true, default: [] as string[] },
    senders: { type: 'boolean' as const, default: false },
    json: { type: 'boolean' as const, default: false },
    parallel: { type: 'string' as const, default: '4' },
    keep: { type: 'string' as const },
  };
  const options = parseFlags(args, flags, Schema);
  const named = options.senders ? [...options.case, ...SENDERS] : options.case;
  return { ...options, case: named.length === 0 ? [...FIXED] : named };
};
