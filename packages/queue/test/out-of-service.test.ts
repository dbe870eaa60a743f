import { describe, expect, test } from '@jest/globals';
import type { RecordingJob } from '../src/index.ts';
import { fixture } from './helpers/fixture.ts';
import { resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();

/** Records until it is interrupted. */
const records = (seen: RecordingJob[]) => async (job: RecordingJob) => {
  seen.push(job);
  await job.save({ step: 'capture', takes: job.state.takes + 1 });
  await new Promise((resolve) => job.signal.addEventListener('abort', resolve, { once: true }));
  throw job.signal.reason;
};
const finishes = (seen: RecordingJob[]) => (job: RecordingJob) => {
  seen.push(job);
  return Promise.resolve(resultFor(job.recording));
};
const submit = async (userId: string) => (await at.submitter.submit({ ...sample(), userId }, secrets)).requestId;

describe('a worker whose machine is broken, beside a healthy one', () => {
  test('takes one recording at most, hands it back, and none fails and no attempt is counted', async () => {
    const [sickJobs, healthyJobs]: [RecordingJob[], RecordingJob[]] = [[], []];
    const sick = await at.worker(
      async (job) => {
        sickJobs.push(job);
        sick.closeIntake();
        await job.save({ wait: { until: Date.now(), message: 'worker sick cannot go on: no Chromium' } });
        return job.handBack(0);
      },
      { workerId: 'sick', concurrency: 1 },
    );
    const first = await submit('anchor-0');
    await until('it was handed back', () => sickJobs.length === 1 && sick.active() === 0);
    // No worker is healthy: the status says why it waits.
    expect(await at.submitter.status(first)).toMatchObject({
      State: 'queued',
      Message: 'worker sick cannot go on: no Chromium',
      Attempts: 0,
    });
    const others = await Promise.all(Array.from({ length: 9 }, (_, index) => submit(`anchor-${index + 1}`)));
    await at.worker(finishes(healthyJobs), { workerId: 'healthy', concurrency: 2 });
    for (const requestId of [first, ...others]) {
      await at.reaches(requestId, 'done');
      expect(await at.submitter.status(requestId)).toMatchObject({ Worker: 'healthy', Attempts: 1 });
    }
    expect([sickJobs.length, healthyJobs.length]).toEqual([1, 10]);
    expect(healthyJobs.map(({ attempt, crashes }) => [attempt, crashes])).toEqual(healthyJobs.map(() => [1, 0]));
  }, 60_000);

  test('hands over what runs, also where the flow hangs, with its state and without an attempt counted', async () => {
    const [running, healthyJobs]: [RecordingJob[], RecordingJob[]] = [[], []];
    const hangs = async (job: RecordingJob) => {
      running.push(job);
      await job.save({ step: 'capture', takes: 1 });
      return new Promise<never>(() => undefined);
    };
    const flow = (job: RecordingJob) => (job.recording.userId === 'hangs' ? hangs(job) : records(running)(job));
    const sick = await at.worker(flow, { workerId: 'sick' });
    const ids = [await submit('hangs'), await submit('lets go')];
    await until('both record', () => running.filter(({ state }) => state.takes === 1).length === 2);
    await at.worker(finishes(healthyJobs), { workerId: 'healthy' });
    sick.closeIntake();
    await sick.handOver();
    expect(running.map(({ signal }) => (signal.reason as { kind: string }).kind)).toEqual([
      'out-of-service',
      'out-of-service',
    ]);
    for (const requestId of ids) {
      await at.reaches(requestId, 'done');
      expect(await at.submitter.status(requestId)).toMatchObject({ Worker: 'healthy', Attempts: 1 });
    }
    expect(healthyJobs.map(({ state, crashes }) => [state.takes, crashes])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  }, 60_000);

  test('takes recordings again once its intake is open', async () => {
    const jobs: RecordingJob[] = [];
    const worker = await at.worker(finishes(jobs), { workerId: 'repaired' });
    worker.closeIntake();
    const requestId = await submit('anchor');
    // A blocked look at the queue may have fetched it already: it goes back, and is not looked at again.
    await until('it waits', async () => (await at.submitter.status(requestId))?.State === 'queued');
    expect(jobs).toEqual([]);
    worker.openIntake();
    await at.reaches(requestId, 'done');
    expect(await at.submitter.status(requestId)).toMatchObject({ Worker: 'repaired', Attempts: 1 });
  }, 30_000);
});
