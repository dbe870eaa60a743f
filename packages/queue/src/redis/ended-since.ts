import type { Redis } from 'ioredis';
import { bullKeys, ownKeys, type QueueName } from './keys.ts';

const BATCH = 500;

/**
 * BullMQ notes the end of a job by the clock of the process that ended it. Here Redis notes by its own clock when it first
 * saw that end; another end (a callback that was replayed) is noted again, and what has not ended is forgotten.
 */
const OLD = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old = {}
for index = 2, #ARGV do
  local id = ARGV[index]
  local score = redis.call('ZSCORE', KEYS[1], id) or redis.call('ZSCORE', KEYS[2], id)
  if not score then
    redis.call('HDEL', KEYS[3], id)
  else
    local end_, seen = string.match(redis.call('HGET', KEYS[3], id) or '', '^(%S+) (%d+)$')
    if end_ ~= score then
      redis.call('HSET', KEYS[3], id, score .. ' ' .. string.format('%d', now))
    elseif now - tonumber(seen) > tonumber(ARGV[1]) then
      old[#old + 1] = id
    end
  end
end
return old
`;

/** Ids of the jobs that were first seen ended more than `ms` ago. */
export async function* endedLongAgo(redis: Redis, queue: QueueName, ms: number): AsyncGenerator<string> {
  const { completed, failed } = bullKeys(queue);
  const seen = ownKeys.endedSince(queue);
  const scans = [
    redis.zscanStream(completed, { count: BATCH }),
    redis.zscanStream(failed, { count: BATCH }),
    // For the ends that were noted of jobs which are gone since.
    redis.hscanStream(seen, { count: BATCH }),
  ];
  for (const scan of scans)
    for await (const batch of scan) {
      const ids = (batch as string[]).filter((_, index) => index % 2 === 0);
      if (ids.length > 0) yield* (await redis.eval(OLD, 3, completed, failed, seen, ms, ...ids)) as string[];
    }
}
