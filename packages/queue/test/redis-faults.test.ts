import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createCallbackWorker,
  createRecordingWorker,
  createSubmitter,
  recordingTimes,
  SETTLE_MS,
  type RecordingJob,
} from '../src/index.ts';
import { startTestRedis, type TestRedis } from './helpers/redis.ts';
import { startProxy } from './helpers/proxy.ts';
import { startSentinel } from './helpers/sentinel.ts';
import { callback, logger, payloadKey, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const startRedis = async (settings?: Record<string, string>): Promise<TestRedis> => {
  const redis = await startTestRedis(settings);
  closing.push(() => redis.stop());
  return redis;
};
const submitterOf = (redisUrl: string, allowEviction = false) => {
  const submitter = createSubmitter({ redisUrl, payloadKeys: [payloadKey], logger, allowEviction });
  closing.push(() => submitter.close());
  return submitter;
};
const workerOf = async (redisUrl: string, handle: Parameters<typeof createRecordingWorker>[0]['handle']) => {
  const options = { redisUrl, payloadKeys: [payloadKey], workerId: 'w', concurrency: 2, logger, handle };
  const worker = await createRecordingWorker(options);
  closing.push(() => worker.kill());
  return worker;
};

describe('at the start', () => {
  test('a Redis that may evict recordings is refused, unless the operator accepts it', async () => {
    const redis = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(submitterOf(redis.url).ready()).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      message: expect.stringContaining('allkeys-lru'),
    });
    await expect(submitterOf(redis.url, true).ready()).resolves.toBeUndefined();
  });

  test('a login that Redis refuses is told at once', async () => {
    const redis = await startRedis({ requirepass: 'right' });
    await expect(submitterOf(redis.url.replace('redis://', 'redis://:wrong@')).ready()).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      message: expect.stringMatching(/login/),
    });
    await expect(submitterOf(redis.url.replace('redis://', 'redis://:right@')).ready()).resolves.toBeUndefined();
  });

  test('a Redis that comes up later is waited for', async () => {
    const redis = await startRedis();
    await redis.kill();
    const submitter = submitterOf(redis.url);
    const ready = submitter.ready();
    expect(await submitter.ping()).toBe(false);
    await redis.start();
    await ready;
    expect(await submitter.submit(sample(), secrets, callback)).toMatchObject({ repeated: false });
  });

  test('an address that is none is refused', () => {
    expect(() => submitterOf('http://127.0.0.1:1')).toThrow(expect.objectContaining({ code: 'InvalidConfiguration' }));
  });
});

describe('while Redis is away', () => {
  test('the API says so within seconds, and accepts again when it is back', async () => {
    const redis = await startRedis();
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    await redis.kill();
    const startedAt = Date.now();
    const answers = await Promise.allSettled([
      submitter.submit(sample(), secrets, callback),
      submitter.status('r'),
      submitter.list({ limit: 1 }),
      submitter.stop('r'),
      submitter.statistics(),
      submitter.retryCallback('r'),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ reason: { code: 'QueueUnavailable' } });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await redis.start();
    const accepts = () => submitter.submit(sample(), secrets, callback).catch(() => undefined);
    await until('it accepts', accepts);
  }, 40_000);

  test('a Redis that hangs does not hang the API', async () => {
    const redis = await startRedis();
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    await redis.freeze();
    const startedAt = Date.now();
    await expect(submitter.status('r')).rejects.toMatchObject({ code: 'QueueUnavailable' });
    expect(Date.now() - startedAt).toBeLessThan(8_000);
    redis.thaw();
    await until('it answers', () => submitter.ping());
  }, 30_000);

  test('a recording goes on, stays its worker’s, and its result is kept when Redis is back', async () => {
    const redis = await startRedis();
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    const runs: RecordingJob[] = [];
    let finish = (): void => undefined;
    const told = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await workerOf(redis.url, async (job) => {
      runs.push(job);
      await told;
      await job.save({ step: 'transcode', reason: 'banned' });
      return resultFor(job.recording);
    });
    const { requestId } = await submitter.submit(sample(), secrets);
    const job = await until('it runs', () => runs[0]);
    await redis.kill();
    expect(job.stopRequested).toBe(false);
    finish();
    await redis.start();
    await until('it is done', async () => (await submitter.status(requestId).catch(() => null))?.State === 'done');
    expect(runs).toHaveLength(1);
    expect(await submitter.status(requestId)).toMatchObject({ Attempts: 1, Result: { Reason: 'banned' } });
  }, 40_000);

  test('a lock that ran out is taken back when nobody else has the job; one that another has ends the run at once', async () => {
    const redis = await startRedis();
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    const runs: RecordingJob[] = [];
    await workerOf(redis.url, async (job) => {
      runs.push(job);
      await new Promise((resolve) => job.signal.addEventListener('abort', resolve, { once: true }));
      throw job.signal.reason;
    });
    const { requestId } = await submitter.submit(sample(), secrets);
    const job = await until('it runs', () => runs[0]);
    const lock = `{trtc-recorder}:recordings:${requestId}:lock`;
    await redis.client.del(lock);
    await job.save({ takes: 1 });
    expect(await redis.client.pttl(lock)).toBeGreaterThan(0);
    expect(job.signal.aborted).toBe(false);
    // Another has it now: known by the next renewal, with nothing that the flow would have to ask.
    await redis.client.set(lock, 'another:0', 'PX', recordingTimes.lockMs);
    await until('it is told', () => job.signal.aborted, 3 * recordingTimes.lockRenewMs);
    expect(job.signal.reason).toMatchObject({ kind: 'lost' });
  });

  test.each([
    ['for longer than a lock lasts', 'kill', recordingTimes.lockMs + 1_000],
    ['hanging for longer than a lock may go unrenewed', 'freeze', 5_000],
    ['hanging for longer than a lock lasts', 'freeze', recordingTimes.lockMs + 2_000],
  ] as const)(
    '%s: the recording stays with its worker',
    async (_what, fault, awayMs) => {
      const redis = await startRedis();
      const submitter = submitterOf(redis.url);
      await submitter.ready();
      const runs: RecordingJob[] = [];
      let over = false;
      const record = async (job: RecordingJob) => {
        runs.push(job);
        while (!over && !job.signal.aborted) await delay(20);
        job.signal.throwIfAborted();
        return resultFor(job.recording);
      };
      await workerOf(redis.url, record);
      await workerOf(redis.url, record);
      const { requestId } = await submitter.submit(sample(), secrets);
      await until('it runs', () => runs[0]);
      await redis[fault]();
      await delay(awayMs);
      if (redis.running) redis.thaw();
      else await redis.start();
      await until('Redis is back', () => submitter.ping());
      // By then each worker has looked again for recordings whose worker is gone.
      await delay(SETTLE_MS + 4 * recordingTimes.lookMs);
      expect(runs).toHaveLength(1);
      await runs[0]?.save({ takes: 1 });
      over = true;
      await until('it is done', async () => (await submitter.status(requestId))?.State === 'done');
      expect(await submitter.status(requestId)).toMatchObject({ Attempts: 1 });
    },
    60_000,
  );
});

test('a Redis that lost everything is told again what runs: same recording, same state, one callback', async () => {
  const redis = await startRedis();
  const submitter = submitterOf(redis.url);
  await submitter.ready();
  const runs: RecordingJob[] = [];
  let over = false;
  await workerOf(redis.url, async (job) => {
    runs.push(job);
    if (runs.length === 1) await job.save({ step: 'capture', takes: 1, startedAt: 5 });
    while (!over && !job.signal.aborted) await delay(20);
    job.signal.throwIfAborted();
    return resultFor(job.recording);
  });
  const { requestId } = await submitter.submit(sample(), secrets, callback);
  await until('it runs', () => runs[0]?.state.takes === 1);
  await redis.client.flushall();
  await until('it runs again', () => runs[1], 20_000);
  expect(runs[0]?.signal.reason).toMatchObject({ kind: 'lost' });
  expect(runs[1]).toMatchObject({
    recording: runs[0]?.recording,
    secrets,
    state: { step: 'capture', takes: 1, startedAt: 5 },
  });
  over = true;
  await until('it is done', async () => (await submitter.status(requestId))?.State === 'done');
  const posts: string[] = [];
  const notifier = await createCallbackWorker({
    redisUrl: redis.url,
    payloadKeys: [payloadKey],
    logger,
    handle: ({ url, result }) => {
      posts.push(`${url} ${result.RequestId}`);
      return Promise.resolve();
    },
  });
  closing.push(() => notifier.kill());
  await until('it is told', async () => (await submitter.depths()).callbacks.completed === 1);
  expect(posts).toEqual([`${callback.url} ${requestId}`]);
  expect((await submitter.list({ limit: 10 })).recordings).toHaveLength(1);
}, 60_000);

test('a connection that a firewall forgot is replaced, by the API and by a worker', async () => {
  const redis = await startRedis();
  const proxy = await startProxy(redis.url);
  closing.push(() => proxy.close());
  const submitter = submitterOf(proxy.url);
  await submitter.ready();
  await workerOf(proxy.url, (job) => Promise.resolve(resultFor(job.recording)));
  proxy.forget();
  const { requestId } = await until(
    'it accepts',
    () => submitter.submit(sample(), secrets).catch(() => undefined),
    40_000,
  );
  const isDone = async () => (await submitter.status(requestId).catch(() => null))?.State === 'done';
  await until('it is done', isDone, 40_000);
}, 90_000);

test('a Sentinel failover is followed by the API and by a worker, and nothing is lost', async () => {
  const first = await startRedis();
  const second = await startRedis({ replicaof: `127.0.0.1 ${new URL(first.url).port}` });
  const sentinel = await startSentinel(first.url);
  closing.push(() => sentinel.stop());
  await until('the replica follows', async () => (await second.client.info('replication')).includes('link_status:up'));

  const submitter = submitterOf(sentinel.url);
  await submitter.ready();
  const done: string[] = [];
  await workerOf(sentinel.url, (job) => {
    done.push(job.recording.requestId);
    return delay(job.recording.userId === 'before' ? 0 : 10).then(() => resultFor(job.recording));
  });
  const before = await submitter.submit(sample({ userId: 'before' }), secrets);
  await until('it is done', async () => (await submitter.status(before.requestId))?.State === 'done');
  await until('the replica has it', () => second.client.exists(`{trtc-recorder}:recordings:${before.requestId}`));
  await first.kill();
  const after = await until(
    'it accepts again',
    () => submitter.submit(sample(), secrets).catch(() => undefined),
    40_000,
  );
  await until('it is done', async () => (await submitter.status(after.requestId))?.State === 'done', 20_000);
  expect(await submitter.status(before.requestId)).toMatchObject({ State: 'done' });
  expect(done).toEqual([before.requestId, after.requestId]);
}, 90_000);
