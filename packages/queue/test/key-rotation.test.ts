import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { createCallbackWorker, createRecordingWorker, createSubmitter } from '../src/index.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, logger, payloadKey as oldKey, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

// The old key was taken away while recordings live that are sealed with it.
const at = fixture();
const newKey = randomBytes(32).toString('base64');

beforeEach(() => at.redis.client.del('{trtc-recorder}:key-check'));

const ready = async (payloadKeys: string[]) => {
  const submitter = createSubmitter({ redisUrl: at.redis.url, payloadKeys, logger });
  at.closing(() => submitter.close());
  await submitter.ready();
  return submitter;
};
/** A worker, and the RequestIds of what it was given to record. */
const workerWith = async (payloadKeys: string[]) => {
  const given: string[] = [];
  const worker = await createRecordingWorker({
    ...{ redisUrl: at.redis.url, payloadKeys, workerId: 'w', concurrency: 4, logger },
    handle: (job) => {
      given.push(job.recording.requestId);
      return Promise.resolve(resultFor(job.recording));
    },
  });
  at.closing(() => worker.kill());
  return { worker, given };
};
const notifierWith = async (payloadKeys: string[]) => {
  const told: string[] = [];
  const options = { redisUrl: at.redis.url, payloadKeys, logger };
  const handle = ({ url }: { url: string }) => Promise.resolve(void told.push(url));
  const notifier = await createCallbackWorker({ ...options, handle });
  at.closing(() => notifier.kill());
  return { notifier, told };
};
const waits = (queue: 0 | 1, requestId: string) =>
  until('it waits', async () => (await at.submitter.boardQueues()[queue]?.getJobState(requestId)) === 'delayed');

test('a recording and its callback wait for a process that has the key, and no attempt is counted', async () => {
  const { requestId } = await at.submitter.submit(sample(), secrets, callback);
  await ready([newKey, oldKey]);
  const tooEarly = await workerWith([newKey]);
  await waits(0, requestId);
  expect(await at.submitter.status(requestId)).toMatchObject({ State: 'queued', Attempts: 0 });
  await tooEarly.worker.drain();

  const { given } = await workerWith([newKey, oldKey]);
  await at.submitter
    .boardQueues()[0]
    ?.getJob(requestId)
    .then((job) => job?.promote());
  await at.reaches(requestId, 'done');
  expect([tooEarly.given, given]).toEqual([[], [requestId]]);

  const { notifier, told: toldTooEarly } = await notifierWith([newKey]);
  await waits(1, requestId);
  expect(await at.submitter.boardQueues()[1]?.getJob(requestId)).toMatchObject({ attemptsMade: 0 });
  await notifier.drain();
  const { told } = await notifierWith([newKey, oldKey]);
  await at.submitter.retryCallback(requestId);
  await until('it is told', () => told[0]);
  expect([toldTooEarly, told]).toEqual([[], [callback.url]]);
});

test('one that a worker cannot open is terminated all the same', async () => {
  const { requestId } = await at.submitter.submit(sample(), secrets, callback);
  await ready([newKey, oldKey]);
  await workerWith([newKey]);
  await waits(0, requestId);
  expect(await at.submitter.terminate(requestId)).toBe('terminated');
  await at.reaches(requestId, 'failed');
});

test('a key that only the API has yet costs a recording that runs nothing: it goes on where it was', async () => {
  const steps: string[] = [];
  let updated = false;
  const behind = await at.worker(async (job) => {
    steps.push(job.state.step);
    await job.save({ takes: 1 });
    await until('it is updated', () => updated);
    await job.save({ step: 'transcode' });
    return resultFor(job.recording);
  });
  const { requestId } = await at.submitter.submit(sample(), secrets);
  await at.reaches(requestId, 'running');
  const ahead = await ready([newKey, oldKey]);
  await ahead.update(requestId, { userSig: 'another' });
  updated = true;
  await waits(0, requestId);
  await behind.drain();
  const { given } = await workerWith([newKey, oldKey]);
  await ahead.stop(requestId);
  await at.reaches(requestId, 'done');
  expect([steps, given]).toEqual([['join'], [requestId]]);
});
