import type { Redis } from 'ioredis';
import { QUEUES } from '../catalogue.ts';
import { bullKeys, type QueueName } from './keys.ts';

/** The keys of a job as BullMQ's own scripts remove them; one in the sets of ended jobs has no lock. */
const REMOVE_KEYS = `
for _, part in ipairs({'', ':logs', ':dependencies', ':processed', ':failed', ':unsuccessful'}) do
  redis.call('DEL', KEYS[1] .. part)
end
`;

const REMOVE = `
if redis.call('EXISTS', KEYS[5]) == 1 then return 0 end
local ended = 0
for index = 2, 4 do ended = ended + redis.call('ZREM', KEYS[index], ARGV[1]) end
if ended == 0 then return 1 - redis.call('EXISTS', KEYS[1]) end
${REMOVE_KEYS}
return 1
`;

/**
 * Removes the recording's job, or that of its callback, if it has ended and is the last of the two. So has a callback
 * that waits for a recording which isn't there: nothing would ever wake it. False: it stays, or the other is there. In
 * one step, so that nothing is removed that was replayed or submitted meanwhile.
 */
export async function removeEnded(redis: Redis, queue: QueueName, requestId: string): Promise<boolean> {
  const { job, completed, failed, waitingChildren } = bullKeys(queue);
  const other = bullKeys(queue === QUEUES.recordings ? QUEUES.callbacks : QUEUES.recordings).job(requestId);
  return (await redis.eval(REMOVE, 5, job(requestId), completed, failed, waitingChildren, other, requestId)) === 1;
}

const REMOVE_CALLBACK = `
if redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('ZREM', KEYS[3], ARGV[1]) == 0 then return 0 end
${REMOVE_KEYS}
return 1
`;

/** Removes a callback that has ended; one that is replayed in this moment stays. */
export async function removeCallback(redis: Redis, requestId: string): Promise<void> {
  const { job, completed, failed } = bullKeys(QUEUES.callbacks);
  await redis.eval(REMOVE_CALLBACK, 3, job(requestId), completed, failed, requestId);
}
