import { afterEach, expect, test } from '@jest/globals';
import { startSharedClock } from '../src/redis/shared-clock.ts';
import { startTestRedis } from './helpers/redis.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('a machine’s clock is compared with that of Redis', async () => {
  const redis = await startTestRedis();
  closing.push(() => redis.stop());
  let clock = await startSharedClock(redis.client);
  // An answer that took long says nothing, and a busy machine may take long a few times.
  for (let tries = 0; clock.aheadMs === undefined && tries < 5; tries += 1) {
    clock.close();
    clock = await startSharedClock(redis.client);
  }
  closing.push(() => clock.close());
  expect(Math.abs(clock.aheadMs ?? Infinity)).toBeLessThan(50);
});

test('nothing is said when Redis can’t be asked', async () => {
  const failing = { time: () => Promise.reject(new Error('away')) };
  const clock = await startSharedClock(failing as never);
  closing.push(() => clock.close());
  expect(clock.aheadMs).toBeUndefined();
});

test('an answer that took long says nothing', async () => {
  const slow = { time: () => new Promise((resolve) => setTimeout(resolve, 100, ['1760000000', '0'])) };
  const clock = await startSharedClock(slow as never);
  closing.push(() => clock.close());
  expect(clock.aheadMs).toBeUndefined();
});

test('the quickest answer counts', async () => {
  const answers = [1_000, 1, 800];
  const slow = {
    time: async () => {
      await new Promise((resolve) => setTimeout(resolve, answers.shift()));
      // What the answer takes longer than the question makes an error, largest where it took longest.
      const ms = Date.now() + 60_000;
      return [Math.floor(ms / 1000), (ms % 1000) * 1000];
    },
  };
  const clock = await startSharedClock(slow as never);
  closing.push(() => clock.close());
  expect(Math.abs((clock.aheadMs ?? 0) + 60_000)).toBeLessThan(200);
});
