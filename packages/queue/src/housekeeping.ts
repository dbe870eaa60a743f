import type { Logger } from '@trtc-recorder/runtime';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUES, RETENTION_MS } from './catalogue.ts';
import { bullKeys, ownKeys } from './redis/keys.ts';
import { sweepRecorders } from './redis/recorder-guard.ts';

const EVERY_MS = 3_600_000;
const BATCH = 500;

/**
 * Removes what is older than 3 days, sealed secrets included, and what nothing refers to any more. BullMQ alone removes
 * old jobs only when others end.
 */
export async function keepHouse(redis: Redis, queues: readonly Queue[], now: number): Promise<void> {
  for (const queue of queues) {
    for (const state of ['completed', 'failed'] as const) {
      while ((await queue.clean(RETENTION_MS, BATCH, state)).length === BATCH);
    }
  }
  await sweepRecorders(redis);
  await sweepIndex(redis, now);
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
export function startHousekeeping(redis: Redis, queues: readonly Queue[], logger: Logger): () => void {
  const run = () => {
    keepHouse(redis, queues, Date.now()).catch((error: unknown) => logger.warn({ err: error }, 'housekeeping failed'));
  };
  run();
  const timer = setInterval(run, EVERY_MS);
  return () => clearInterval(timer);
}
