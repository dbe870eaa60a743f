import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createRecordingWorker, type Fate, type RecordingJob, type RecordingState } from '../src/index.ts';
import { fateOf } from '../src/redis/fate.ts';
import { fixture } from './helpers/fixture.ts';
import { logger, payloadKey, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();

/** A worker with `room` or without. */
const workerWith = async (workerId: string, room: () => boolean, handle: (job: RecordingJob) => Promise<void>) => {
  const worker = await createRecordingWorker({
    redisUrl: at.redis.url,
    payloadKeys: [payloadKey],
    concurrency: 2,
    logger,
    workerId,
    admits: room,
    handle: async (job) => {
      await handle(job);
      return resultFor(job.recording);
    },
  });
  at.closing(() => worker.kill());
  return worker;
};
const nothing = () => Promise.resolve();

describe('a worker without room', () => {
  test('leaves a recording to one that has some, and no attempt is counted', async () => {
    await workerWith(
      'full',
      () => false,
      () => Promise.reject(new Error('it must not begin')),
    );
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await until('it was refused', async () => (await at.submitter.depths()).recordings.delayed === 1);
    expect(await at.submitter.status(requestId)).toMatchObject({ State: 'queued' });
    await workerWith('roomy', () => true, nothing);
    await at.reaches(requestId, 'done', 15_000);
    expect(await at.submitter.status(requestId)).toMatchObject({ Worker: 'roomy', Attempts: 1 });
  }, 30_000);

  test('looks away after each refusal, so that others come first', async () => {
    const refusals: number[] = [];
    const full = () => {
      refusals.push(performance.now());
      return false;
    };
    await workerWith('full', full, nothing);
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await until('it looked three times', () => refusals.length === 3, 30_000);
    // Timers are never early: on a busy machine the waits are longer.
    for (const [index, at] of refusals.slice(1).entries()) expect(at - refusals[index]!).toBeGreaterThan(2_000);
    expect((await at.submitter.status(requestId))?.State).toBe('queued');
    await at.submitter.stop(requestId);
    await at.reaches(requestId, 'done', 15_000);
  }, 60_000);

  test('begins it once it has room again', async () => {
    let room = false;
    await workerWith('alone', () => room, nothing);
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await until('it was refused', async () => (await at.submitter.depths()).recordings.delayed === 1);
    room = true;
    await at.reaches(requestId, 'done', 15_000);
  }, 30_000);

  test('goes on with one that had begun', async () => {
    let room = true;
    const steps: string[] = [];
    await workerWith(
      'filling',
      () => room,
      async (job) => {
        steps.push(job.state.step);
        if (steps.length > 1) return;
        await job.save({ step: 'capture', takes: 1, startedAt: 1 });
        room = false;
        await job.handBack(0);
      },
    );
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await at.reaches(requestId, 'done');
    expect(steps).toEqual(['join', 'capture']);
  });

  test('can still be told to stop one that waits', async () => {
    await workerWith(
      'full',
      () => false,
      () => Promise.reject(new Error('it must not begin')),
    );
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await until('it was refused', async () => (await at.submitter.depths()).recordings.delayed === 1);
    await at.submitter.stop(requestId);
    await at.reaches(requestId, 'done');
    expect(await at.submitter.status(requestId)).toMatchObject({ Result: { Reason: 'stopped', Files: [] } });
  });
});

test.each([
  ['unknown to Redis', () => Promise.resolve('never-submitted'), 'unknown'],
  ['running with another worker', running, 'live'],
  ['waiting', async () => (await at.submitter.submit(sample(), secrets)).requestId, 'live'],
  ['delivered', () => ended(() => [1, 1]), 'delivered'],
  ['ended with a file not delivered', () => ended(() => [1, 0]), 'undelivered'],
  ['ended with a stream that never came', () => ended(() => [1, 0], {}, 'record fail: nothing came'), 'delivered'],
  ['ended without files', () => ended(() => []), 'delivered'],
])('the fate of a recording that is %s', async (_, recording, fate) => {
  // Before the one that looks: it would take recordings too, and give them back.
  const requestId = await recording();
  const looking = await createRecordingWorker({
    redisUrl: at.redis.url,
    payloadKeys: [payloadKey],
    concurrency: 1,
    logger,
    workerId: 'looking',
    admits: () => false,
    handle: () => Promise.reject(new Error('it must not begin')),
  });
  at.closing(() => looking.kill());
  expect(await looking.fate(requestId)).toBe(fate);
});

test.each<[string, { name: string; writtenAt: number }, Fate]>([
  ['the one the files are made of', { name: 'own', writtenAt: 900_000 }, 'delivered'],
  ['one that was put into it', { name: 'whole', writtenAt: 900_000 }, 'delivered'],
  ['one whose last seconds were not copied any more', { name: 'cut', writtenAt: 110_000 }, 'delivered'],
  ['one of which half a minute could not be copied', { name: 'cut', writtenAt: 130_000 }, 'undelivered'],
  ['one that nobody had', { name: 'elsewhere', writtenAt: 0 }, 'undelivered'],
])('of a delivered recording, what is in a spool: %s', async (_, spool, fate) => {
  const takenIn = [{ spool: 'own' }, { spool: 'whole' }, { spool: 'cut', until: 100_000 }];
  const requestId = await ended(() => [1], { takenIn });
  const redis = new Redis(at.redis.url);
  at.closing(async () => {
    await redis.quit();
  });
  expect(await fateOf(redis, requestId, spool)).toBe(fate);
});

/** A recording that ended with files of these statuses. */
async function ended(
  statuses: () => (0 | 1)[],
  state: Partial<RecordingState> = {},
  failure = 'upload fail: no such bucket',
): Promise<string> {
  const messages = [failure, 'record success'] as const;
  const Files = statuses().map((Status) => ({ UserId: 'a', RecordFile: '', Status, Message: messages[Status] }));
  const worker = await createRecordingWorker({
    redisUrl: at.redis.url,
    payloadKeys: [payloadKey],
    concurrency: 4,
    logger,
    workerId: 'ending',
    handle: async (job) => {
      await job.save(state);
      return resultFor(job.recording, { Files });
    },
  });
  at.closing(() => worker.kill());
  const { requestId } = await at.submitter.submit(sample(), secrets);
  await at.reaches(requestId, 'done', 15_000);
  await worker.kill();
  return requestId;
}

/** A recording that a worker has begun and does not let go. */
async function running(): Promise<string> {
  await workerWith(
    'recording',
    () => true,
    (job) => new Promise((_, reject) => job.signal.addEventListener('abort', reject)),
  );
  const { requestId } = await at.submitter.submit(sample(), secrets);
  await at.reaches(requestId, 'running');
  return requestId;
}
