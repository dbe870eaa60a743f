import type { Redis } from 'ioredis';
import { z } from 'zod';
import { QUEUES } from '../catalogue.ts';
import { RecordingStateSchema, type RecordingState } from '../recording.ts';
import { bullKeys } from './keys.ts';

/**
 * What became of a recording, for whoever finds its spool. `live`: it waits or runs, with whichever worker.
 * `delivered`: it ended and every file is delivered. `undelivered`: it ended, and something is only in its spool.
 * The same where its files are made of other disks' spools without this one, or without its end. `unknown`: Redis knows no such recording; it was forgotten after 3 days, or Redis lost it.
 */
export type Fate = 'live' | 'delivered' | 'undelivered' | 'unknown';

/** The spool on whose disk is asked. */
export interface FoundSpool {
  readonly name: string;
  /** When it was last written to, ms since the epoch. */
  readonly writtenAt: number;
}

/**
 * The few seconds that a killed worker had not copied yet are given up, and told in the result; more than this is a
 * bucket that was slow or away, ms.
 */
const NOT_COPIED_YET_MS = 20_000;

/** One script, so that a job which ends in this moment is seen either running or ended. */
const LOOK_UP = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return redis.call('HMGET', KEYS[1], 'returnvalue', 'data') end
if redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 'undelivered' end
return 'live'
`;

const keys = bullKeys(QUEUES.recordings);

/** Waits while Redis is away. `spool`: left out where there is nothing in it to be lost. */
export async function fateOf(redis: Redis, requestId: string, spool?: FoundSpool): Promise<Fate> {
  const all = [keys.job(requestId), keys.completed, keys.failed];
  const found: unknown = await redis.eval(LOOK_UP, all.length, ...all, requestId);
  if (found === 'unknown' || found === 'live') return found;
  // Anything that cannot be read counts as not delivered: its spool is kept.
  const ended = EndedSchema.safeParse(found);
  return ended.success && isTakenIn(ended.data[1].state, spool) ? 'delivered' : 'undelivered';
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'no JSON' });
    return z.NEVER;
  }
});

/** A file that is in COS, or one of which nothing ever arrived. */
const nothingLeft = z.union([
  z.object({ Status: z.literal(1) }),
  z.object({ Message: z.string().startsWith('record fail') }),
]);

/** The result, nothing of it left in a spool, and the job's data. */
const EndedSchema = z.tuple([
  json.pipe(z.object({ Files: z.array(nothingLeft) })),
  json.pipe(z.object({ state: RecordingStateSchema.pick({ takenIn: true }) })),
]);

function isTakenIn({ takenIn }: Pick<RecordingState, 'takenIn'>, spool: FoundSpool | undefined): boolean {
  if (takenIn === undefined || spool === undefined) return true;
  const taken = takenIn.find((one) => one.spool === spool.name);
  return taken !== undefined && spool.writtenAt - (taken.until ?? Infinity) < NOT_COPIED_YET_MS;
}
