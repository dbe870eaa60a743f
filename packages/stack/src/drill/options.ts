import { AppError } from '@trtc-recorder/runtime';
import { z } from 'zod';
import { parseFlags, wholeNumber, type Usage } from '../options.ts';
import type { Drill } from './drill.ts';
import { drills } from './drills/index.ts';

const Schema = z.object({
  only: z.array(z.string()).default([]),
  runs: wholeNumber(1, 1000),
  seed: wholeNumber(0, 0xffff_ffff).optional(),
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

export const drillUsage: Usage = {
  command: 'drill',
  about: 'Does to a running product what will happen to it in production, and accounts for every second.',
  flags: {
    only: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      about: `one of ${drills.map(({ name }) => name).join(', ')}`,
    },
    runs: { type: 'string', default: '20', value: 'N', about: 'runs of each drill, 1 to 1000' },
    seed: { type: 'string', value: 'S', about: 'repeats a run: the seed it printed' },
    json: { type: 'boolean', default: false, about: 'print the accounts as JSON' },
    verbose: { type: 'boolean', default: false, about: 'print what happens' },
    keep: { type: 'boolean', default: false, about: 'keep the directories of all runs' },
  },
};

/** `anySeed` makes one when none is given. */
export function drillOptions(args: readonly string[], anySeed: () => number): DrillOptions {
  const { only, seed = anySeed(), ...rest } = parseFlags(args, drillUsage.flags, Schema);
  return { ...rest, seed, drills: only.length === 0 ? drills : only.map(drillNamed) };
}

function drillNamed(name: string): Drill {
  const found = drills.find((drill) => drill.name === name);
  if (found !== undefined) return found;
  const names = drills.map((drill) => drill.name).join(', ');
  throw new AppError('InvalidConfiguration', `--only: there is no drill ${JSON.stringify(name)}; there are ${names}`);
}
