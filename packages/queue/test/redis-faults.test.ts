import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@trtc-recorder/runtime';
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

  test('a Redis that wants a login is told with the variable', async () => {
    const redis = await startRedis({ requirepass: 'right' });
    await expect(submitterOf(redis.url).ready()).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      message: expect.stringMatching(/needs a login: REDIS_URL=/),
    });
  });

  test('a Redis whose user may run neither INFO nor CONFIG is refused, and used with REDIS_ALLOW_EVICTION', async () => {
    const redis = await startRedis();
    await redis.client.acl('SETUSER', 'hosted', 'on', '>pass', '~*', '&*', '+@all', '-info', '-config');
    const url = redis.url.replace('redis://', 'redis://hosted:pass@');
    await expect(submitterOf(url).ready()).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      message: expect.stringContaining('REDIS_ALLOW_EVICTION=yes'),
    });
    const submitter = submitterOf(url, true);
    await submitter.ready();
    const handle = (job: RecordingJob) => Promise.resolve(resultFor(job.recording));
    const options = { redisUrl: url, payloadKeys: [payloadKey], allowEviction: true, logger };
    const worker = await createRecordingWorker({ ...options, workerId: 'w', concurrency: 1, handle });
    closing.push(() => worker.kill());
    const sent: string[] = [];
    const notifier = await createCallbackWorker({
      ...options,
      handle: ({ requestId }) => Promise.resolve(void sent.push(requestId)),
    });
    closing.push(() => notifier.kill());
    const { requestId } = await submitter.submit(sample(), secrets, callback);
    await until('its callback is sent', () => sent.includes(requestId));
  });

  test('a database that Redis does not have is refused; one that it has is used', async () => {
    const redis = await startRedis();
    for (const database of [16, 999_999_999])
      await expect(submitterOf(`${redis.url}/${database}`).ready()).rejects.toMatchObject({
        code: 'InvalidConfiguration',
        message: expect.stringContaining(`REDIS_URL: database ${database} cannot be selected`),
      });
    const submitter = submitterOf(`${redis.url}/15`);
    await submitter.ready();
    await submitter.submit(sample(), secrets, callback);
    await redis.client.select(15);
    expect(await redis.client.dbsize()).toBeGreaterThan(0);
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
    await until('it is told', () => job.signal.aborted, 7 * recordingTimes.lockRenewMs);
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

describe('a Redis that comes back empty', () => {
  /** A Redis that keeps nothing, a submitter, and a worker whose runs of the flow are told apart. */
  const started = async (flow: (job: RecordingJob, redis: TestRedis, run: number) => Promise<void>) => {
    const redis = await startRedis({ appendonly: 'no' });
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    const runs: RecordingJob[] = [];
    await workerOf(redis.url, async (job) => {
      runs.push(job);
      await flow(job, redis, runs.length);
      return resultFor(job.recording);
    });
    const { requestId } = await submitter.submit(sample(), secrets, callback);
    const isDone = () => until('it is done', async () => (await submitter.status(requestId))?.State === 'done');
    const isToBeTold = async () => (await submitter.depths()).callbacks.waiting === 1;
    return { redis, submitter, runs, isDone, isToBeTold };
  };

  test('while the flow tells its progress: that fails nothing, and the recording is put back', async () => {
    const { redis, runs, isDone, isToBeTold } = await started(async (job, _, run) => {
      if (run > 1) return;
      await job.save({ step: 'transcode', takes: 1 });
      for (;;) {
        await job.progress({
          Step: 'transcode',
          Anchors: 1,
          Seconds: 1,
          Bytes: 0,
          Files: 1,
          Converted: 0,
          Uploaded: 0,
        });
        await job.log('transcode: something');
        await delay(10);
      }
    });
    await until('it converts', () => runs[0]?.state.takes === 1);
    await redis.kill();
    await redis.start();
    await until('it runs again', () => runs[1]);
    expect(runs[0]?.signal.reason).toMatchObject({ kind: 'lost' });
    expect(runs[1]?.state).toMatchObject({ step: 'transcode', takes: 1 });
    await isDone();
    expect(await isToBeTold()).toBe(true);
  }, 40_000);

  test.each([
    ['its result', () => undefined],
    [
      'its failure',
      () => {
        throw new AppError('SpoolFailed', 'no spool');
      },
    ],
  ])('between the last save and %s: the recording is put back, and ends with its callback', async (_, end) => {
    const { runs, isDone, isToBeTold } = await started(async (job, redis, run) => {
      if (run > 1) return;
      await job.save({ step: 'upload', takes: 1, delivered: true });
      await redis.client.flushall();
      end();
    });
    await until('it runs again', () => runs[1]);
    expect(runs[1]?.state).toMatchObject({ step: 'upload', delivered: true });
    await isDone();
    expect(await isToBeTold()).toBe(true);
  });

  test('and the recorder was started anew before: what was captured is delivered, and nobody is in the room twice', async () => {
    const redis = await startRedis({ appendonly: 'no' });
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    const seen: string[] = [];
    let over = false;
    await workerOf(redis.url, async (job) => {
      const { step, reason } = job.state;
      seen.push(`${job.recording.requestId} ${step} ${reason ?? ''}`);
      if (step === 'transcode') return resultFor(job.recording, { Reason: 'kick' });
      await job.save({ spools: ['00000000000000aa'], step: 'capture', takes: 1, startedAt: 5 });
      while (!over && !job.signal.aborted) await delay(10);
      job.signal.throwIfAborted();
      return resultFor(job.recording);
    });
    const recorder = sample();
    const first = await submitter.submit(recorder, secrets, callback);
    await until('it captures', () => seen.length === 1);
    await redis.client.flushall();
    const second = await submitter.submit(recorder, secrets, callback);
    const isDone = (requestId: string) => async () => (await submitter.status(requestId))?.State === 'done';
    await until('the first is delivered', isDone(first.requestId));
    over = true;
    await until('the second is done', isDone(second.requestId));
    expect(seen.filter((line) => line.startsWith(first.requestId))).toEqual([
      `${first.requestId} join `,
      `${first.requestId} transcode kick`,
    ]);
  });

  test.each(['stop', 'terminate'] as const)('after a %s: that is not forgotten', async (how) => {
    const { redis, submitter, runs } = await started(async (job, { client }, run) => {
      if (run > 1) return;
      await job.save({ step: 'capture', takes: 1 });
      while (!job.stopRequested && !job.signal.aborted) await delay(10);
      await client.flushall();
      if (how === 'stop') await job.save({ step: 'transcode' });
    });
    const job = await until('it captures', () => (runs[0]?.state.takes === 1 ? runs[0] : undefined));
    const { requestId } = job.recording;
    await submitter[how](requestId);
    if (how === 'stop') expect(await until('it runs again', () => runs[1])).toMatchObject({ stopRequested: true });
    else await until('it has ended', async () => (await submitter.status(requestId))?.Result?.Reason === 'terminated');
    expect(redis.running).toBe(true);
  });
});

describe('a Redis that takes no writes', () => {
  test.each([
    ['its memory is full', ['maxmemory', '1'], ['maxmemory', '0']],
    ['it has lost its replicas', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
  ])('because %s is waited for: how a capture ended is not lost', async (_, refuse, accept) => {
    const redis = await startRedis();
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    const steps: string[] = [];
    await workerOf(redis.url, async (job) => {
      steps.push(job.state.step);
      await job.save({ step: 'capture', takes: 1 });
      await redis.client.config('SET', ...(refuse as [string, string]));
      const saved = job.save({ step: 'transcode', reason: 'banned' });
      await job.log('capture: ended');
      steps.push(await Promise.race([saved.then(() => 'saved'), delay(300).then(() => 'waits')]));
      setTimeout(() => void redis.client.config('SET', ...(accept as [string, string])), 300);
      await saved;
      return resultFor(job.recording);
    });
    const { requestId } = await submitter.submit(sample(), secrets);
    await until('it is done', async () => (await submitter.status(requestId))?.State === 'done');
    expect(steps).toEqual(['join', 'waits']);
    expect(await submitter.status(requestId)).toMatchObject({ Attempts: 1 });
  });

  test('is waited for with the result, too', async () => {
    const redis = await startRedis();
    const submitter = submitterOf(redis.url);
    await submitter.ready();
    let runs = 0;
    await workerOf(redis.url, async (job) => {
      runs += 1;
      await redis.client.config('SET', 'min-replicas-to-write', '1');
      setTimeout(() => void redis.client.config('SET', 'min-replicas-to-write', '0'), 500);
      return resultFor(job.recording);
    });
    const { requestId } = await submitter.submit(sample(), secrets);
    await until('it is done', async () => (await submitter.status(requestId))?.State === 'done');
    expect(runs).toBe(1);
  });
});

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
