import type { Redis } from 'ioredis';
import type { QUEUES } from '../catalogue.ts';
import { bullKeys, ownKeys } from './keys.ts';

/**
 * Takes the lock from jobs whose holder is dead: nobody is subscribed to its channel, and it has not renewed the lock
 * for as long as only a dead one doesn't. BullMQ's token is the worker's id, a colon and a number. What BullMQ's next
 * check finds without a lock among the stalled ones it gives out again; the last key is what holds that check back.
 */
const FREE = `
local freed = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local lock = ARGV[1] .. id .. ':lock'
  local token = redis.call('GET', lock)
  if token and redis.call('PTTL', lock) <= tonumber(ARGV[3]) then
    local holder = string.match(token, '^[^:]*')
    if redis.call('PUBSUB', 'NUMSUB', ARGV[2] .. holder)[2] == 0 then
      redis.call('DEL', lock)
      redis.call('SADD', KEYS[2], id)
      redis.call('DEL', KEYS[3])
      table.insert(freed, id)
    end
  end
end
return freed
`;

export interface LockTimes {
  /** How long a lock lasts when it isn't renewed, ms. */
  readonly lockMs: number;
  /** A lock that was not renewed for this long is suspicious, ms. */
  readonly suspiciousMs: number;
}

/** Frees the jobs of dead workers for the next check; answers with their ids. */
export async function freeJobsOfTheDead(
  redis: Redis,
  queue: (typeof QUEUES)[keyof typeof QUEUES],
  { lockMs, suspiciousMs }: LockTimes,
): Promise<string[]> {
  const keys = bullKeys(queue);
  const args = [keys.job(''), ownKeys.presence(''), lockMs - suspiciousMs];
  return (await redis.eval(FREE, 3, keys.active, keys.stalled, keys.stalledCheck, ...args)) as string[];
}
