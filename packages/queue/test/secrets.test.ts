import { expect, test } from '@jest/globals';
import { AppError } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();

/** Everything that lies in Redis, as text. */
async function dump(redis: Redis): Promise<string> {
  const parts: unknown[] = [];
  for (const key of await redis.keys('*')) {
    const type: string = await redis.type(key);
    const read: Record<string, () => Promise<unknown>> = {
      string: () => redis.get(key),
      hash: () => redis.hgetall(key),
      list: () => redis.lrange(key, 0, -1),
      set: () => redis.smembers(key),
      zset: () => redis.zrange(key, 0, '-1'),
      stream: () => redis.xrange(key, '-', '+'),
    };
    parts.push(key, await read[type]?.());
  }
  return JSON.stringify(parts);
}

test('no secret lies in Redis in the clear: waiting, done, failed, its callback tried and refused', async () => {
  await at.submitter.submit(sample({ userId: 'waits-here' }), secrets, callback);
  await at.notifier(() => Promise.reject(new AppError('CallbackRejected', 'the receiver answered 500')));
  await at.worker(async (job) => {
    await job.save({ step: 'capture' });
    await job.log('capture: under way');
    if (job.recording.userId === 'fails') throw new AppError('JoinRefused', 'refused');
    return resultFor(job.recording);
  });
  const done = await at.submitter.submit(sample({ userId: 'done' }), secrets, callback, 'key-SECRET-idempotency');
  const failed = await at.submitter.submit(sample({ userId: 'fails' }), secrets, callback);
  await at.reaches(done.requestId, 'done');
  await at.reaches(failed.requestId, 'failed');
  await until('both callbacks were refused', async () => {
    const counts = await at.submitter.boardQueues()[1]?.getJobCounts('delayed');
    return (counts?.['delayed'] ?? 0) >= 2;
  });

  const all = await dump(at.redis.client);
  expect(all).toContain('waits-here');
  expect(all).toContain('s1.');
  expect(all).not.toContain('SECRET');
  expect(JSON.stringify(await at.submitter.status(done.requestId))).not.toContain('SECRET');
});
