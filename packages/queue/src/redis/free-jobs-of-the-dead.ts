import type { Redis } from 'ioredis';
import type { QUEUES } from '../catalogue.ts';
import { bullKeys, ownKeys } from './keys.ts';

/**
 * Takes the lock from jobs whose holder is dead: nobody is subscribed to its channel, and it has not renewed the lock
 * for as long as only a dead one doesn't. BullMQ's token is the worker's id, a colon and a number. What BullMQ's next
 * check finds without a lock among the stalled ones it gives out again; the last key is what holds that check back.
 * Answers with those, and with how many jobs have no lock (any more), which is what that check looks for.
 */
const FREE = `
local freed = {}
local unlocked = 0
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local lock = ARGV[1] .. id .. ':lock'
  local token = redis.call('GET', lock)
  if not token then
    unlocked = unlocked + 1
  elseif redis.call('PTTL', lock) <= tonumber(ARGV[3]) then
    local holder = string.match(token, '^[^:]*')
    if redis.call('PUBSUB', 'NUMSUB', ARGV[2] .. holder)[2] == 0 then
      redis.call('DEL', lock)
      redis.call('SADD', KEYS[2], id)
      redis.call('DEL', KEYS[3])
      table.insert(freed, id)
      unlocked = unlocked + 1
    end
  end
end
return { freed, unlocked }
`;

export interface LockTimes {
  /** How long a lock lasts when it isn't renewed, ms. */
  readonly lockMs: number;
  /** A lock that was not renewed for this long is suspicious, ms. */
  readonly suspiciousMs: number;
}

export interface Freed {
  /** The ids of the jobs that lost their lock now. */
  readonly freed: readonly string[];
  /** Jobs at work without a lock: those, and those whose lock ran out. */
  readonly unlocked: number;
}

/** Frees the jobs of dead workers for BullMQ's next check. */
export async function freeJobsOfTheDead(
  redis: Redis,
  queue: (typeof QUEUES)[keyof typeof QUEUES],
  { lockMs, suspiciousMs }: LockTimes,
): Promise<Freed> {
  const keys = bullKeys(queue);
  const args = [keys.job(''), ownKeys.presence(''), lockMs - suspiciousMs];
  const answer = await redis.eval(FREE, 3, keys.active, keys.stalled, keys.stalledCheck, ...args);
  const [freed, unlocked] = answer as [string[], number];
  return { freed, unlocked };
}
