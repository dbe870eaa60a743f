import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { recordingTimes, SETTLE_MS } from '../src/index.ts';
import { startRecovery } from '../src/worker/recovery.ts';
import { startTestRedis, type TestRedis } from './helpers/redis.ts';
import { logger } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const active = '{trtc-recorder}:recordings:active';
const lock = '{trtc-recorder}:recordings:r:lock';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A recovery beside one job at work, and the times at which it asked for BullMQ's check, ms. */
async function watched(lockMs: number): Promise<{ redis: TestRedis; askedAt: number[] }> {
  const redis = await startTestRedis();
  closing.push(() => redis.stop());
  await redis.client.set(lock, 'worker:0', 'PX', lockMs);
  await redis.client.lpush(active, 'r');
  const askedAt: number[] = [];
  const recovery = startRecovery({
    redis: redis.client,
    steadyMs: () => Number.POSITIVE_INFINITY,
    moveStalled: () => Promise.resolve([]).finally(() => askedAt.push(performance.now())),
    logger,
  });
  closing.push(() => recovery.stop());
  return { redis, askedAt };
}

test('nothing is asked of BullMQ while every lock is there; a lock that ran out is looked at', async () => {
  const { redis, askedAt } = await watched(60_000);
  await delay(4 * recordingTimes.lookMs);
  expect(askedAt).toEqual([]);
  await redis.client.del(lock);
  await until('it looks', () => askedAt.length > 0, 15_000);
});

test('a lock that ran out while Redis hung condemns nobody before its worker could take it back', async () => {
  const { redis, askedAt } = await watched(700);
  await redis.freeze();
  await delay(4_000 + 2 * recordingTimes.lookMs);
  redis.thaw();
  const thawedAt = performance.now();
  await until('it looks again', () => askedAt.length > 0, 3 * SETTLE_MS);
  expect((askedAt[0] ?? 0) - thawedAt).toBeGreaterThanOrEqual(SETTLE_MS - recordingTimes.lookMs);
}, 30_000);

test('a lock that ran out while Redis took no writes condemns nobody either', async () => {
  const { redis, askedAt } = await watched(700);
  await redis.client.config('SET', 'maxmemory', '1');
  await delay(4_000 + 2 * recordingTimes.lookMs);
  await redis.client.config('SET', 'maxmemory', '0');
  const writableAt = performance.now();
  await until('it looks again', () => askedAt.length > 0, 3 * SETTLE_MS);
  expect((askedAt[0] ?? 0) - writableAt).toBeGreaterThanOrEqual(SETTLE_MS - 2 * recordingTimes.lookMs);
}, 30_000);
