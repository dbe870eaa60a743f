import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Callback, RecordingJob, RecordingState } from '../src/index.ts';
import { requestEnd } from '../src/redis/orders.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

// What is asked of a recording after it was accepted: stop, terminate, update.
const at = fixture();

/** A recording whose worker captures until it is told to stop, and the job as the flow sees it. */
const running = async (): Promise<{ requestId: string; job: RecordingJob }> => {
  const jobs: RecordingJob[] = [];
  await at.worker(async (job) => {
    jobs.push(job);
    await job.save({ step: 'capture', takes: 1 });
    while (!job.stopRequested) {
      job.signal.throwIfAborted();
      await delay(20);
    }
    return resultFor(job.recording, { Reason: 'stopped' });
  });
  const { requestId } = await at.submitter.submit(sample({ maxDurationMs: 60_000 }), secrets, callback);
  const job = await until('it runs', () => jobs.find(({ recording }) => recording.requestId === requestId));
  await until('it captures', () => job.state.step === 'capture');
  return { requestId, job };
};
const listening = async (): Promise<Callback[]> => {
  const seen: Callback[] = [];
  await at.notifier((given) => Promise.resolve(void seen.push(given)));
  return seen;
};
const statusOf = (requestId: string) => at.submitter.status(requestId);
const told = (seen: Callback[], requestId: string) =>
  until('its callback', () => seen.find((given) => given.requestId === requestId));
const no = 'no-such-recording';

describe('stop', () => {
  test('is seen by a recording that runs, and by one that no worker has yet: it ends now', async () => {
    const waiting = await at.submitter.submit(sample(), secrets, callback);
    expect(await at.submitter.stop(waiting.requestId)).toBe(true);
    expect(await statusOf(waiting.requestId)).toMatchObject({
      State: 'done',
      Result: { Reason: 'stopped', Files: [], Message: 'record success: stopped before it began' },
    });
    const { requestId } = await running();
    await at.submitter.stop(requestId);
    await at.reaches(requestId, 'done', 5_000);
    expect((await statusOf(requestId))?.Result?.Reason).toBe('stopped');
    expect(await at.submitter.stop(no)).toBe(false);
  });

  test.each<[string, Partial<RecordingState>]>([
    ['was begun', { step: 'capture', takes: 1 }],
    ['may have been captured while Redis was away', { spools: ['0123456789abcdef'] }],
  ])('leaves one that %s and waits for its next run to a worker', async (_, state) => {
    let runs = 0;
    const worker = await at.worker(async (job) => {
      runs += 1;
      if (runs === 1) {
        await job.save(state);
        await job.handBack(60_000);
      }
      return resultFor(job.recording, { Reason: 'stopped' });
    });
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await until('it waits again', async () => runs === 1 && (await statusOf(requestId))?.State === 'queued');
    await at.submitter.stop(requestId);
    await at.reaches(requestId, 'done');
    expect(runs).toBe(2);
    await worker.drain();
  });

  /** A recording that waits for its next round of delivery, and its runs so far. */
  const waitingForCos = async () => {
    const runs: RecordingJob[] = [];
    await at.worker(async (job) => {
      runs.push(job);
      await job.save({ step: 'upload', takes: 1 });
      return job.handBack(900_000);
    });
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    const waitsAfter = (rounds: number) =>
      until(`it waits after round ${rounds}`, async () => {
        const state = await at.submitter.boardQueues()[0]?.getJobState(requestId);
        return runs.length === rounds && state === 'delayed';
      });
    await waitsAfter(1);
    return { requestId, runs, waitsAfter };
  };

  test('that is repeated holds no further round of delivery', async () => {
    const { requestId, runs, waitsAfter } = await waitingForCos();
    await at.submitter.stop(requestId);
    await waitsAfter(2);
    for (let times = 0; times < 5; times += 1) {
      expect(await at.submitter.stop(requestId)).toBe(true);
      await delay(50);
    }
    expect(runs).toHaveLength(2);
    await at.submitter.terminate(requestId);
  });

  test('that died half-way is finished by the next one', async () => {
    // The request is written, and the process dies before it sees to the job that waits.
    const halfWay = (requestId: string) => requestEnd(at.redis.client, requestId, 'stop');
    const untouched = await at.submitter.submit(sample(), secrets, callback);
    await halfWay(untouched.requestId);
    await at.submitter.stop(untouched.requestId);
    expect(await statusOf(untouched.requestId)).toMatchObject({ State: 'done', Result: { Reason: 'stopped' } });

    const { requestId, waitsAfter } = await waitingForCos();
    await halfWay(requestId);
    await at.submitter.stop(requestId);
    await waitsAfter(2);
    await at.submitter.terminate(requestId);
  });

  test('that is repeated ends one whose worker died before it began it', async () => {
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await requestEnd(at.redis.client, requestId, 'stop');
    await at.redis.client.hset(`{trtc-recorder}:recordings:${requestId}`, 'ats', 1);
    await at.submitter.stop(requestId);
    expect(await statusOf(requestId)).toMatchObject({ State: 'done', Result: { Reason: 'stopped' } });
  });
});

describe('terminate', () => {
  test('ends a recording that waits at once, though no worker is there, and tells its callback', async () => {
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    expect(await at.submitter.terminate(requestId)).toBe('terminated');
    expect(await statusOf(requestId)).toMatchObject({ State: 'failed', Result: { Reason: 'terminated', Files: [] } });
    const { result } = await told(await listening(), requestId);
    expect(result).toMatchObject({ Reason: 'terminated', Message: expect.stringMatching(/^record fail: terminated/) });
    expect(await at.submitter.terminate(requestId)).toBe('ended');
  });

  test('ends one that runs within about a second, without a further attempt, with what was delivered', async () => {
    const seen = await listening();
    const { requestId, job } = await running();
    const file = { UserId: 'anna', RecordFile: 'https://cos/a', Status: 1, Message: 'record success' } as const;
    await job.save({ files: [file] });
    expect(await at.submitter.terminate(requestId)).toBe('terminated');
    await at.reaches(requestId, 'failed', 5_000);
    expect(job.signal.reason).toMatchObject({ kind: 'terminated' });
    expect((await told(seen, requestId)).result).toMatchObject({ Reason: 'terminated', Files: [file] });
  });

  test('tells the callback of what it ended, however often and whenever it is asked', async () => {
    const { requestId } = await running();
    const asking = Array.from({ length: 100 }, async (_, index) => {
      await delay(index * 10);
      return at.submitter.terminate(requestId);
    });
    expect(new Set(await Promise.all(asking))).toEqual(new Set(['terminated', 'ended']));
    expect(await at.submitter.boardQueues()[1]?.getJobState(requestId)).toBe('waiting');
  });

  test('frees the recorder', async () => {
    const request = sample();
    const { requestId } = await at.submitter.submit(request, secrets);
    await at.submitter.terminate(requestId);
    await expect(at.submitter.submit(request, secrets)).resolves.toMatchObject({ repeated: false });
  });

  test('gives up a callback that waits for its next attempt; it can still be replayed', async () => {
    let ready = false;
    const attempts: string[] = [];
    await at.notifier(({ requestId }) => {
      attempts.push(requestId);
      return ready ? Promise.resolve() : Promise.reject(new Error('away'));
    });
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    const [, callbacks] = at.submitter.boardQueues();
    const inState = (state: string) =>
      until(`the callback is ${state}`, async () => (await callbacks?.getJobState(requestId)) === state);
    await inState('delayed');
    expect(await at.submitter.terminate(requestId)).toBe('callback');
    await inState('failed');
    ready = true;
    expect(await at.submitter.retryCallback(requestId)).toBe('replayed');
    await inState('completed');
    expect(await statusOf(requestId)).toMatchObject({ State: 'done', Result: { Reason: 'banned' } });
  });

  test('of nothing: there is no such recording', async () => {
    expect(await at.submitter.terminate(no)).toBe('none');
  });
});

describe('what is asked in the moment in which a recording is given back for long', () => {
  const cosCredentials = { secretId: 'AKID-SECRET-3', secretKey: 'SECRET-3' };
  /** The flow of an upload that has to wait; in its first round something is `asked`. */
  const waitingAfter = async (asked: (requestId: string) => Promise<unknown>) => {
    const runs: RecordingJob[] = [];
    await at.worker(async (job) => {
      runs.push(job);
      await job.save({ step: 'upload', takes: 1 });
      if (runs.length === 1) await asked(job.recording.requestId);
      return job.handBack(900_000);
    });
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    return { runs, requestId };
  };

  test('terminate ends it at once', async () => {
    const { requestId } = await waitingAfter((id) => at.submitter.terminate(id));
    await at.reaches(requestId, 'failed', 5_000);
    expect((await statusOf(requestId))?.Result?.Reason).toBe('terminated');
  });

  test.each<[string, (requestId: string) => Promise<unknown>]>([
    ['stop', (id) => at.submitter.stop(id)],
    ['other keys', (id) => at.submitter.update(id, { cosCredentials })],
  ])('%s: the next round is held at once, and the one after waits', async (_, asked) => {
    const { runs, requestId } = await waitingAfter(asked);
    await until('it waits after its second round', async () => {
      const state = await at.submitter.boardQueues()[0]?.getJobState(requestId);
      return runs.length === 2 && state === 'delayed';
    });
    expect(runs[1]?.stopRequested || runs[1]?.secrets.cosCredentials?.secretId === 'AKID-SECRET-3').toBe(true);
    await delay(200);
    expect(runs).toHaveLength(2);
    await at.submitter.terminate(requestId);
  });
});

describe('update', () => {
  const cosCredentials = { secretId: 'AKID-SECRET-2', secretKey: 'SECRET-2' };

  test('reaches the worker that has the recording, all at once; the same again changes nothing', async () => {
    const { requestId, job } = await running();
    const patch = {
      maxDurationMs: 120_000,
      userSig: 'eJw-SECRET-second',
      cos: { bucket: 'other-123456789' },
      cosCredentials,
    };
    expect(await at.submitter.update(requestId, patch)).toEqual([
      'MaxDuration',
      'UserSig',
      'CosConfig',
      'CosConfig keys',
    ]);
    await until('the worker knows', () => job.secrets.userSig === 'eJw-SECRET-second');
    expect(job.secrets).toEqual({ ...secrets, userSig: 'eJw-SECRET-second', cosCredentials });
    expect(job.recording).toMatchObject({
      maxDurationMs: 120_000,
      cos: { region: 'ap-shanghai', bucket: 'other-123456789', path: '/trtc' },
    });
    expect(await statusOf(requestId)).toMatchObject({ MaxDuration: 120 });
    expect(await at.submitter.update(requestId, patch)).toEqual([]);
    expect((await at.submitter.logs(requestId))?.at(-1)).toMatch(/update: MaxDuration, UserSig, CosConfig/);
  });

  test('survives what the worker saves, and a hand-over', async () => {
    const { requestId, job } = await running();
    await at.submitter.update(requestId, { maxDurationMs: 90_000 });
    await job.save({ takes: 2 });
    const [recordings] = at.submitter.boardQueues();
    expect(await recordings?.getJob(requestId)).toMatchObject({ data: { state: { takes: 2 } } });
    expect(await statusOf(requestId)).toMatchObject({ MaxDuration: 90 });
  });

  test('survives a Redis that forgets the recording', async () => {
    const { requestId, job } = await running();
    await at.submitter.update(requestId, { maxDurationMs: 90_000, callback: { url: 'http://127.0.0.1:9/new' } });
    await until('the worker knows', () => job.recording.maxDurationMs === 90_000);
    await at.redis.client.flushall();
    await expect(job.save({ takes: 2 })).rejects.toMatchObject({ kind: 'lost' });
    await until('it is put back', async () => (await statusOf(requestId)) !== null);
    expect(await statusOf(requestId)).toMatchObject({ MaxDuration: 90 });
    await at.submitter.terminate(requestId);
    await at.reaches(requestId, 'failed', 5_000);
    expect((await told(await listening(), requestId)).url).toBe('http://127.0.0.1:9/new');
  });

  test('of one that waits holds from its first moment on', async () => {
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await at.submitter.update(requestId, { userSig: 'renewed', maxDurationMs: 5_000 });
    const began: unknown[] = [];
    await at.worker((job) => {
      if (job.recording.requestId === requestId) began.push([job.secrets.userSig, job.recording.maxDurationMs]);
      return Promise.resolve(resultFor(job.recording));
    });
    await at.reaches(requestId, 'done');
    expect(began).toEqual([['renewed', 5_000]]);
  });

  test.each<[string, { url: string } | undefined]>([
    ['another', callback],
    ['a first', undefined],
  ])('gives it %s callback', async (_, first) => {
    const { requestId } = await at.submitter.submit(sample(), secrets, first);
    const url = 'http://127.0.0.1:9/second?token=SECRET';
    expect(await at.submitter.update(requestId, { callback: { url } })).toEqual(['Callback']);
    await at.submitter.stop(requestId);
    const seen = await listening();
    expect((await told(seen, requestId)).url).toBe(url);
  });

  test('is refused where it would have no effect, and then changes nothing at all', async () => {
    const { requestId, job } = await running();
    const update = (patch: object) => at.submitter.update(requestId, patch);
    const tooLate = (message: RegExp) => ({ code: 'UpdateTooLate', message: expect.stringMatching(message) });
    await job.save({ step: 'transcode' });
    await expect(update({ userSig: 's', cosCredentials })).rejects.toMatchObject(tooLate(/^UserSig can no longer/));
    await expect(update({ maxDurationMs: 1 })).rejects.toMatchObject(tooLate(/^MaxDuration can no longer/));
    expect(job.secrets.cosCredentials).toEqual(secrets.cosCredentials);
    expect(await update({ cos: { path: '/late' } })).toEqual(['CosConfig']);
    // Before its first upload the worker knows what was changed until then.
    await job.save({ step: 'upload' });
    expect(job.recording.cos?.path).toBe('/late');
    await expect(update({ cos: { path: '/later' } })).rejects.toMatchObject(
      tooLate(/^CosConfig can no longer.*upload/),
    );
    expect(await update({ cosCredentials, cos: { path: '/late' } })).toEqual(['CosConfig keys']);
    await at.submitter.stop(requestId);
    await at.reaches(requestId, 'done');
    await expect(update({ cosCredentials })).rejects.toMatchObject(tooLate(/has ended/));
    expect(await at.submitter.update(no, { maxDurationMs: 1 })).toBeNull();
  });

  test('to half a bucket is refused', async () => {
    const { requestId } = await at.submitter.submit(sample({ cos: null }), secrets);
    await expect(at.submitter.update(requestId, { cos: { bucket: 'b-123456789' } })).rejects.toMatchObject({
      code: 'InvalidParameter.Field',
      message: expect.stringMatching(/^CosConfig.Region is required/),
    });
  });

  test('twenty at once are one after another: none is lost', async () => {
    const { requestId } = await at.submitter.submit(sample(), secrets);
    const all = Array.from({ length: 20 }, (_, index) =>
      at.submitter.update(requestId, index % 2 ? { maxDurationMs: index } : { cos: { path: `/p${index}` } }),
    );
    await Promise.all(all);
    const lines = (await at.submitter.logs(requestId)) ?? [];
    expect(lines.filter((line) => line.includes('update:'))).toHaveLength(20);
  });
});
