import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@trtc-recorder/runtime';
import type { FlowProducer } from 'bullmq';
import { createRecordingWorker, createSealer } from '../src/index.ts';
import { submit } from '../src/submit/submission.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, logger, payloadKey, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();
const never = () => new Promise<never>(() => undefined);
const jobIds = (queue: string) => at.redis.client.keys(`{trtc-recorder}:${queue}:????????-????-????-????-????????????`);

describe('an Idempotency-Key', () => {
  test('gives one recording for 20 submissions at once, and later ones', async () => {
    const before = (await jobIds('recordings')).length;
    const submit = () => at.submitter.submit(sample({ userId: 'idem' }), secrets, callback, 'caller|key-1');
    const answers = await Promise.all(Array.from({ length: 20 }, submit));
    expect(new Set(answers.map(({ requestId }) => requestId)).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await submit()).toEqual({ requestId: answers[0]?.requestId, repeated: true });
    expect(await jobIds('recordings')).toHaveLength(before + 1);
    expect(await jobIds('callbacks')).toHaveLength(before + 1);
  });

  test('of another caller is another', async () => {
    const [first, second] = [
      await at.submitter.submit(sample(), secrets, undefined, 'caller-1|key'),
      await at.submitter.submit(sample(), secrets, undefined, 'caller-2|key'),
    ];
    expect(first.requestId).not.toBe(second.requestId);
  });

  test('repeated after the recording has ended still names it', async () => {
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    const request = sample();
    const first = await at.submitter.submit(request, secrets, undefined, 'ended');
    await at.reaches(first.requestId, 'done');
    expect(await at.submitter.submit(request, secrets, undefined, 'ended')).toEqual({
      requestId: first.requestId,
      repeated: true,
    });
  });

  test('of a recording that was removed by hand gives another, with a callback of its own once the first is told', async () => {
    const submit = (url: string) => at.submitter.submit(sample(), secrets, { url }, 'removed-by-hand');
    const first = await submit('http://127.0.0.1:9/first');
    await (await at.submitter.boardQueues()[0]?.getJob(first.requestId))?.remove();
    expect(await submit('http://127.0.0.1:9/second')).toEqual({ ...first, repeated: true });

    const told: string[] = [];
    await at.notifier(({ url, requestId }) => {
      if (requestId === first.requestId) told.push(url);
      return Promise.resolve();
    });
    const again = await until('the key is free', async () => {
      const answer = await submit('http://127.0.0.1:9/second');
      return answer.repeated ? undefined : answer;
    });
    expect(again).toEqual(first);
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    await at.reaches(first.requestId, 'done');
    await until('both are told', () => told.length === 2);
    expect(told).toEqual(['http://127.0.0.1:9/first', 'http://127.0.0.1:9/second']);
  });

  test('whose recording is gone without a trace, but not its callback, is free: that would wait for ever', async () => {
    const submit = () => at.submitter.submit(sample(), secrets, callback, 'without-a-trace');
    const first = await submit();
    const { client } = at.redis;
    await client.del(`{trtc-recorder}:recordings:${first.requestId}`);
    await client.lrem('{trtc-recorder}:recordings:wait', 1, first.requestId);
    expect(await submit()).toEqual(first);
    expect(await submit()).toEqual({ ...first, repeated: true });
  });

  test('of a submission that was refused can be used again', async () => {
    const request = sample();
    const holder = await at.submitter.submit(request, secrets);
    const again = () => at.submitter.submit(request, secrets, undefined, 'refused-once');
    await expect(again()).rejects.toMatchObject({ code: 'RecorderAlreadyActive' });
    await at.submitter.stop(holder.requestId);
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    await at.reaches(holder.requestId, 'done');
    expect(await again()).toMatchObject({ repeated: false });
  });
});

describe('a recorder', () => {
  test('has one recording: of 20 submissions at once, 19 are refused and name the one', async () => {
    const request = sample();
    const before = (await jobIds('callbacks')).length;
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => at.submitter.submit(request, secrets, callback)),
    );
    const accepted = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.requestId] : []));
    expect(accepted).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status === 'rejected'))
      expect(answer).toMatchObject({
        reason: { code: 'RecorderAlreadyActive', details: { requestId: accepted[0] } },
      });
    expect(await jobIds('callbacks')).toHaveLength(before + 1);
  });

  test.each([
    ['another app', { sdkAppId: 1400000001 }],
    ['another room', { room: { type: 'int', id: 2 } as const }],
    ['the string room of the same number', { room: { type: 'string', id: '43474' } as const }],
    ['another user', { userId: 'somebody-else' }],
  ])('may record at the same time in/as %s', async (_, change) => {
    const request = sample();
    await at.submitter.submit(request, secrets);
    await expect(at.submitter.submit({ ...request, ...change }, secrets)).resolves.toMatchObject({ repeated: false });
  });

  test('is free again once its recording was removed by hand, without waiting for anything to expire', async () => {
    const request = sample();
    const { requestId } = await at.submitter.submit(request, secrets);
    const [recordings] = at.submitter.boardQueues();
    await (await recordings?.getJob(requestId))?.remove();
    await expect(at.submitter.submit(request, secrets)).resolves.toMatchObject({ repeated: false });
  });

  test('is free again once its recording failed', async () => {
    const request = sample();
    const { requestId } = await at.submitter.submit(request, secrets);
    await expect(at.submitter.submit(request, secrets)).rejects.toMatchObject({ code: 'RecorderAlreadyActive' });
    await at.worker(() => Promise.reject(new AppError('JoinRefused', 'refused')));
    await at.reaches(requestId, 'failed');
    await expect(at.submitter.submit(request, secrets)).resolves.toMatchObject({ repeated: false });
  });

  test('is free again once it has left its room, while its files are still being delivered', async () => {
    const request = sample();
    const steps: string[] = [];
    const worker = await at.worker(
      async (job) => {
        if (job.recording.userId !== request.userId) return never();
        await job.save({ step: 'capture' });
        steps.push('in the room');
        while (!job.signal.aborted && !job.stopRequested) await delay(20);
        await job.save({ step: 'transcode' });
        steps.push('left');
        return never();
      },
      { concurrency: 50 },
    );
    const first = await at.submitter.submit(request, secrets);
    await until('it is in the room', () => steps.includes('in the room'));
    await expect(at.submitter.submit(request, secrets)).rejects.toMatchObject({ code: 'RecorderAlreadyActive' });
    await at.submitter.stop(first.requestId);
    await until('it has left', () => steps.includes('left'));
    const second = await until('it is free', () => at.submitter.submit(request, secrets).catch(() => undefined));
    expect(await at.submitter.status(first.requestId)).toMatchObject({ State: 'running' });

    // Handed over, the first still needs no recorder to deliver its files.
    await worker.kill();
    const finished: string[] = [];
    await at.worker((job) => {
      if (job.recording.userId === request.userId && job.state.step === 'transcode')
        finished.push(job.recording.requestId);
      return Promise.resolve(resultFor(job.recording));
    });
    await at.reaches(first.requestId, 'done');
    await at.reaches(second.requestId, 'done');
    expect(finished).toEqual([first.requestId]);
  });

  test('is not held by a submission that came to nothing', async () => {
    const request = sample();
    const gone = await at.submitter.submit(request, secrets);
    await (await at.submitter.boardQueues()[0]?.getJob(gone.requestId))?.remove();
    // As after a fault of Redis in the middle of it: marked as under way, and no job.
    const mark = `{trtc-recorder}:submitting:${gone.requestId}`;
    await at.redis.client.set(mark, '1', 'PX', 500);
    await expect(at.submitter.submit(request, secrets)).resolves.toMatchObject({ repeated: false });
    expect(await at.redis.client.exists(mark)).toBe(0);
  });

  test('is never in a room twice, even when a second job got into the queue', async () => {
    const request = sample();
    const first = await at.submitter.submit(request, secrets);
    await at.redis.client.del('{trtc-recorder}:recorders');
    const second = await at.submitter.submit(request, secrets);
    await at.redis.client.del('{trtc-recorder}:recorders');
    const inRooms: string[] = [];
    await at.worker((job) => {
      if (job.recording.userId === request.userId) inRooms.push(job.recording.requestId);
      return never();
    });
    await at.reaches(second.requestId, 'failed');
    expect((await at.submitter.status(second.requestId))?.Error).toContain(first.requestId);
    expect(inRooms).toEqual([first.requestId]);
  });
});

test('a recording is in the index before its job is there: a process that dies in between hides none from the lists', async () => {
  const index = '{trtc-recorder}:index';
  const { client } = at.redis;
  const [recordings] = at.submitter.boardQueues();
  const scores: (string | null)[] = [];
  const flows = {
    add: async ({ opts }: { opts: { jobId: string } }) => {
      scores.push(await client.zscore(index, opts.jobId));
      throw new Error('the process dies here');
    },
  } as unknown as FlowProducer;
  const parts = { redis: client, recordings: recordings!, flows, sealer: createSealer([payloadKey]), now: () => 1_000 };
  const shown = (await at.submitter.list({ limit: 100 })).recordings.length;
  await expect(submit(parts, sample(), secrets)).rejects.toThrow('dies here');
  expect(scores).toEqual(['1000']);
  // The entry without a job is shown to nobody, and gone with the first look that is late enough.
  expect((await at.submitter.list({ limit: 100 })).recordings).toHaveLength(shown);
  expect(await client.zcount(index, 1_000, 1_000)).toBe(0);
});

test('a worker with another PAYLOAD_KEY does not start', async () => {
  const other = Buffer.alloc(32, 7).toString('base64');
  const options = { redisUrl: at.redis.url, workerId: 'w', concurrency: 1, logger, handle: never };
  await expect(createRecordingWorker({ ...options, payloadKeys: [other] })).rejects.toMatchObject({
    code: 'InvalidConfiguration',
    message: expect.stringContaining('PAYLOAD_KEY'),
  });
  const rotating = await createRecordingWorker({ ...options, payloadKeys: [other, payloadKey] });
  await rotating.kill();
  const rotated = await createRecordingWorker({ ...options, payloadKeys: [other] });
  await rotated.kill();
});
