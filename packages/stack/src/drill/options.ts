import { AppError } from '@trtc-recorder/runtime';
import { z } from 'zod';
import { parseFlags } from '../options.ts';
import type { Drill } from './drill.ts';
import { drills } from './drills/index.ts';

const Schema = z.object({
  only: z.array(z.string()).default([]),
  runs: z.coerce.number().int().min(1).max(1000),
  seed: z.coerce.number().int().min(0).max(0xffff_ffff).optional(),
  json: z.boolean(),
  verbose: z.boolean(),
  keep: z.boolean(),
});

export interface DrillOptions {
  readonly drills: readonly Drill[];
  readonly runs: number;
  readonly seed: number;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly keep: boolean;
}

/** `--only NAME` (repeatable) `--runs N` `--seed S` `--json` `--verbose` `--keep`. `anySeed` makes one when none is given. */
export function drillOptions(args: readonly string[], anySeed: () => number): DrillOptions {
  const flags = {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '20' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  } as const;
  const { only, seed = anySeed(), ...rest } = parseFlags(args, flags, Schema);
  return { ...rest, seed, drills: only.length === 0 ? drills : only.map(drillNamed) };
}

function drillNamed(name: string): Drill {
  const found = drills.find((drill) => drill.name === name);
  if (found !== undefined) return found;
  const names = drills.map((drill) => drill.name).join(', ');
  throw new AppError('InvalidConfiguration', `--only: there is no drill ${JSON.stringify(name)}; there are ${names}`);
}
