import type { Logger } from '@trtc-recorder/runtime';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUES, RETENTION_MS } from './catalogue.ts';
import { bullKeys, ownKeys } from './redis/keys.ts';
import { sweepRecorders } from './redis/recorder-guard.ts';
import { removeEnded } from './redis/remove-ended.ts';

const EVERY_MS = 3_600_000;
const BATCH = 500;

/**
 * Removes what is older than 3 days, sealed secrets included, and what nothing refers to any more. BullMQ alone removes
 * old callbacks only when others end, and no recordings.
 */
export async function keepHouse(redis: Redis, callbacks: Queue, now: number): Promise<void> {
  for (const state of ['completed', 'failed'] as const) {
    while ((await callbacks.clean(RETENTION_MS, BATCH, state)).length === BATCH);
  }
  await sweepRecordings(redis, now);
  await sweepRecorders(redis);
  await sweepIndex(redis, now);
}

/**
 * A recording stays as long as its callback's job. Otherwise its Idempotency-Key could give a new one meanwhile, which
 * would have that job for its parent: one that has been told already, and that the new recording's end doesn't wake.
 */
async function sweepRecordings(redis: Redis, now: number): Promise<void> {
  const { completed, failed } = bullKeys(QUEUES.recordings);
  for (const ended of [completed, failed]) {
    for (let kept = 0; ;) {
      const old = await redis.zrangebyscore(ended, '-inf', now - RETENTION_MS, 'LIMIT', kept, BATCH);
      for (const id of old) if (!(await removeEnded(redis, QUEUES.recordings, id))) kept += 1;
      if (old.length < BATCH) break;
    }
  }
}

async function sweepIndex(redis: Redis, now: number): Promise<void> {
  const jobs = bullKeys(QUEUES.recordings);
  const before = now - RETENTION_MS;
  for (let kept = 0; ;) {
    const old = await redis.zrangebyscore(ownKeys.index, '-inf', before, 'LIMIT', kept, BATCH);
    const gone: string[] = [];
    for (const id of old) if ((await redis.exists(jobs.job(id))) === 0) gone.push(id);
    if (gone.length > 0) await redis.zrem(ownKeys.index, ...gone);
    kept += old.length - gone.length;
    if (old.length < BATCH) return;
  }
}

/** Keeps house now and every hour. Gives the way to end it. */
export function startHousekeeping(redis: Redis, callbacks: Queue, logger: Logger): () => void {
  const run = () => {
    keepHouse(redis, callbacks, Date.now()).catch((error: unknown) => {
      logger.warn({ err: error }, 'housekeeping failed');
    });
  };
  run();
  const timer = setInterval(run, EVERY_MS);
  return () => clearInterval(timer);
}
