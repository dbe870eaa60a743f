import type { Redis } from 'ioredis';
import { z } from 'zod';
import { QUEUES } from '../catalogue.ts';
import { bullKeys } from './keys.ts';

/**
 * What became of a recording, for whoever finds its spool. `live`: it waits or runs, with whichever worker.
 * `delivered`: it ended and every file is delivered. `undelivered`: it ended, and something is only in its spool.
 * `unknown`: Redis knows no such recording; it was forgotten after 3 days, or Redis lost it.
 */
export type Fate = 'live' | 'delivered' | 'undelivered' | 'unknown';

/** One script, so that a job which ends in this moment is seen either running or ended. */
const LOOK_UP = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return redis.call('HGET', KEYS[1], 'returnvalue') or 'undelivered' end
if redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 'undelivered' end
return 'live'
`;

const keys = bullKeys(QUEUES.recordings);

/** Waits while Redis is away. */
export async function fateOf(redis: Redis, requestId: string): Promise<Fate> {
  const all = [keys.job(requestId), keys.completed, keys.failed];
  const found = String(await redis.eval(LOOK_UP, all.length, ...all, requestId));
  return found === 'unknown' || found === 'live' || found === 'undelivered' ? found : fateOfResult(found);
}

const DeliveredSchema = z.object({ Files: z.array(z.object({ Status: z.literal(1) })) });

/** Anything that cannot be read counts as not delivered: its spool is kept. */
function fateOfResult(text: string): Fate {
  try {
    return DeliveredSchema.safeParse(JSON.parse(text)).success ? 'delivered' : 'undelivered';
  } catch {
    return 'undelivered';
  }
}
