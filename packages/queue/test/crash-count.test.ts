import { afterEach, expect, jest, test } from '@jest/globals';
import type { RecordingJob } from '../src/index.ts';
import { FORGIVEN_AFTER_MS } from '../src/worker/crash-count.ts';
import { fixture } from './helpers/fixture.ts';
import { resultFor, sample, secrets } from './helpers/samples.ts';

const at = fixture();
afterEach(() => {
  jest.restoreAllMocks();
});

const clock = performance.now.bind(performance);
const passes = (ms: number) => jest.spyOn(performance, 'now').mockImplementation(() => clock() + ms);
const tell = (job: RecordingJob) =>
  job.progress({ Step: 'capture', Anchors: 1, Seconds: 1, Bytes: 1, Files: 0, Converted: 0, Uploaded: 0 });

/** What runs of a recording whose worker died 19 times before say of its crashes; one that is given back goes on. */
const runsOf = async (flow: (job: RecordingJob, run: number) => Promise<void>): Promise<void> => {
  const { requestId } = await at.submitter.submit(sample(), secrets);
  const stalled = `{trtc-recorder}:recordings:${requestId}`;
  await at.redis.client.hset(stalled, 'stc', '19');
  let runs = 0;
  await at.worker(async (job) => {
    runs += 1;
    await at.redis.client.hincrby(stalled, 'stc', 1);
    await flow(job, runs);
    return resultFor(job.recording);
  });
  await at.reaches(requestId, 'done');
};

test('crashes are forgiven to a recording that gets on for minutes; those that come later count anew', async () => {
  const seen: number[] = [];
  await runsOf(async (job, run) => {
    seen.push(job.crashes);
    if (run > 1) return;
    await tell(job);
    seen.push(job.crashes);
    passes(FORGIVEN_AFTER_MS);
    await tell(job);
    seen.push(job.crashes);
    await job.save({ takes: 1 });
    await job.handBack(10);
  });
  expect(seen).toEqual([19, 19, 0, 1]);
});

test('time alone forgives nothing, as to a file whose making kills the worker each time', async () => {
  const seen: number[] = [];
  await runsOf(async (job, run) => {
    seen.push(job.crashes);
    if (run > 1) return;
    passes(2 * FORGIVEN_AFTER_MS);
    await job.save({ step: 'transcode' });
    seen.push(job.crashes);
    await job.handBack(10);
  });
  expect(seen).toEqual([19, 19, 20]);
});
