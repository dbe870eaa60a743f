import { describe, expect, test } from '@jest/globals';
import { Interruption, type RecordingJob } from '../src/index.ts';
import { fixture } from './helpers/fixture.ts';
import { startProxy } from './helpers/proxy.ts';
import { resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();

/** A flow that records until it is interrupted, as one in a room does. */
const recordsUntilInterrupted = (seen: RecordingJob[]) => async (job: RecordingJob) => {
  seen.push(job);
  await job.save({ step: 'capture', takes: job.state.takes + 1 });
  await new Promise((resolve) => job.signal.addEventListener('abort', resolve, { once: true }));
  throw job.signal.reason;
};
const finishes = (seen: RecordingJob[]) => (job: RecordingJob) => {
  seen.push(job);
  return Promise.resolve(resultFor(job.recording));
};

describe('a recording goes on in another worker', () => {
  test('drained: at once, with its state, without an attempt counted', async () => {
    const [first, second]: [RecordingJob[], RecordingJob[]] = [[], []];
    const leaving = await at.worker(recordsUntilInterrupted(first), { workerId: 'leaving' });
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await until('it records', () => first[0]?.state.takes === 1);
    await at.worker(finishes(second), { workerId: 'staying' });

    const startedAt = Date.now();
    await leaving.drain();
    await until('the other has it', () => second[0]);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(first[0]?.signal.reason).toMatchObject({ kind: 'drain' });
    expect(second[0]).toMatchObject({ attempt: 1, crashes: 0, state: { step: 'capture', takes: 1 } });
    await at.reaches(requestId, 'done');
    expect(await at.submitter.status(requestId)).toMatchObject({ Worker: 'staying', Attempts: 1 });
  });

  test('killed: within seconds although its flow never lets go', async () => {
    const second: RecordingJob[] = [];
    const stuck = await at.worker(() => new Promise<never>(() => undefined), { workerId: 'stuck' });
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await at.reaches(requestId, 'running');
    const startedAt = Date.now();
    await stuck.kill();
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await at.worker(finishes(second));
    await at.reaches(requestId, 'done');
    expect(second[0]).toMatchObject({ attempt: 1, crashes: 0 });
  });

  test('handed back by the flow: later, without an attempt counted', async () => {
    const attempts: number[] = [];
    await at.worker(async (job) => {
      attempts.push(job.attempt);
      if (attempts.length < 3) return job.handBack(50);
      return resultFor(job.recording);
    });
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await at.reaches(requestId, 'done');
    expect(attempts).toEqual([1, 1, 1]);
  });

  test('handed back for long: the status says why and until when, no place is held, and a stop tries at once', async () => {
    const seen: number[] = [];
    const wait = { until: Date.now() + 3_600_000, message: 'COS is down' };
    const flow = async (job: RecordingJob) => {
      seen.push(job.attempt);
      if (seen.length > 1) return resultFor(job.recording);
      await job.save({ step: 'upload', takes: 1, wait });
      return job.handBack(3_600_000);
    };
    const worker = await at.worker(flow, { concurrency: 1 });
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await until('it waits', async () => (await at.submitter.status(requestId))?.NextTryAt);
    expect(await at.submitter.status(requestId)).toMatchObject({
      State: 'queued',
      Message: 'COS is down',
      NextTryAt: new Date(wait.until).toISOString(),
    });
    await until('its place is free', () => worker.active() === 0);
    await at.submitter.stop(requestId);
    await at.reaches(requestId, 'done');
    expect(seen).toEqual([1, 1]);
  });

  test.each([
    ['dead', 'sever', 6_500],
    ['cut off', 'cut', 25_000],
  ] as const)(
    '%s: another has it in time, and the first can write nothing any more',
    async (_what, fault, withinMs) => {
      const proxy = await startProxy(at.redis.url);
      const [first, second]: [RecordingJob[], RecordingJob[]] = [[], []];
      await at.worker(recordsUntilInterrupted(first), { workerId: 'cut-off', redisUrl: proxy.url });
      at.closing(() => proxy.close());
      const { requestId } = await at.submitter.submit(sample(), secrets);
      await until('it records', () => first[0]?.state.takes === 1);
      let end = (): void => undefined;
      const told = new Promise<void>((resolve) => {
        end = resolve;
      });
      const goesOn = async (job: RecordingJob) => {
        second.push(job);
        await job.save({ step: 'capture', takes: job.state.takes + 1 });
        await told;
        return resultFor(job.recording);
      };
      await at.worker(goesOn, { workerId: 'other' });

      proxy[fault]();
      await until('the other has it', () => second[0]?.state.takes === 2, withinMs);
      expect(second[0]).toMatchObject({ attempt: 1, crashes: 1 });

      // The flow of the first goes on without Redis; what it writes late must not come through.
      const late = first[0]!.save({ takes: 99 });
      late.catch(() => undefined);
      proxy.mend();
      await expect(late).rejects.toMatchObject({ kind: 'lost' });
      expect(first[0]?.signal.reason).toBeInstanceOf(Interruption);
      await second[0]!.save({ step: 'transcode' });
      const [recordings] = at.submitter.boardQueues();
      const kept: unknown = (await recordings?.getJob(requestId))?.data;
      expect(kept).toMatchObject({ state: { step: 'transcode', takes: 2 } });
      end();
      await at.reaches(requestId, 'done');
    },
    40_000,
  );
});

test('a second signal, or draining twice, does no harm', async () => {
  const worker = await at.worker((job) => Promise.resolve(resultFor(job.recording)));
  await Promise.all([worker.drain(), worker.drain()]);
  await worker.kill();
});
