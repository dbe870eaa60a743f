import type { Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { QUEUES, RETENTION_MS } from './catalogue.ts';
import { endedLongAgo } from './redis/ended-since.ts';
import { bullKeys, ownKeys } from './redis/keys.ts';
import { sweepRecorders } from './redis/recorder-guard.ts';
import { removeCallback, removeEnded } from './redis/remove-ended.ts';

const EVERY_MS = 3_600_000;
const BATCH = 500;

/**
 * Removes what ended more than 3 days ago, sealed secrets included, and what nothing refers to any more. Only Redis' clock
 * decides: a notifier or worker whose clock is days off must not delete results. BullMQ's own removal by age goes by
 * the clock of the process that ends a job, so it is not used.
 */
export async function keepHouse(redis: Redis): Promise<void> {
  for await (const requestId of endedLongAgo(redis, QUEUES.callbacks, RETENTION_MS))
    await removeCallback(redis, requestId);
  // A recording stays as long as its callback's job. Otherwise its Idempotency-Key could give a new one meanwhile, with
  // that job for its parent: one that was sent already, and that the new recording's end doesn't wake.
  for await (const requestId of endedLongAgo(redis, QUEUES.recordings, RETENTION_MS))
    await removeEnded(redis, QUEUES.recordings, requestId);
  await sweepRecorders(redis);
  await sweepIndex(redis);
}

/** Entries without a job, unless it is about to be added. */
async function sweepIndex(redis: Redis): Promise<void> {
  const jobs = bullKeys(QUEUES.recordings);
  for await (const batch of redis.zscanStream(ownKeys.index, { count: BATCH })) {
    const ids = (batch as string[]).filter((_, index) => index % 2 === 0);
    for (const id of ids)
      if ((await redis.exists(jobs.job(id), ownKeys.submitting(id))) === 0) await redis.zrem(ownKeys.index, id);
  }
}

/** Keeps house now and every hour. Gives the way to end it. */
export function startHousekeeping(redis: Redis, logger: Logger): () => void {
  const run = () => {
    keepHouse(redis).catch((error: unknown) => {
      logger.warn({ err: error }, 'housekeeping failed');
    });
  };
  run();
  const timer = setInterval(run, EVERY_MS);
  return () => clearInterval(timer);
}
