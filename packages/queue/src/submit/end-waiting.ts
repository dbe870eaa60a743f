import { randomUUID } from 'node:crypto';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { recordingTimes } from '../catalogue.ts';
import { bullKeys, type QueueName } from '../redis/keys.ts';

/** Takes a job that waits as a worker would. Should this process die now, the stalled check gives it on. */
const TAKE = `
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 and redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', KEYS[3], ARGV[1])
redis.call('SET', KEYS[4], ARGV[2], 'PX', ARGV[3])
return 1
`;

/**
 * Ends a job that waits, or is delayed, here and now instead of when a worker is free. `end` gets the job as it is once
 * nobody else can take it, and moves it with the token. False: it doesn't wait.
 */
export async function endWaiting(
  redis: Redis,
  queue: Queue,
  requestId: string,
  end: (job: Job, token: string) => Promise<unknown>,
): Promise<boolean> {
  const keys = bullKeys(queue.name as QueueName);
  const token = randomUUID();
  const places = [keys.wait, keys.delayed, keys.active, keys.lock(requestId)];
  if ((await redis.eval(TAKE, 4, ...places, requestId, token, recordingTimes.lockMs)) !== 1) return false;
  const job: Job | undefined = await queue.getJob(requestId);
  if (job !== undefined) await end(job, token);
  return true;
}
