import { describe, expect, test } from '@jest/globals';
import { AppError } from '@trtc-recorder/runtime';
import type { Callback } from '../src/index.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();

const ended = async () => {
  await at.worker((job) => Promise.resolve(resultFor(job.recording)));
  const { requestId } = await at.submitter.submit(sample(), secrets, callback);
  await at.reaches(requestId, 'done');
  return requestId;
};
const callbackJob = async (requestId: string) => at.submitter.boardQueues()[1]?.getJob(requestId);
const inState = (requestId: string, state: string) =>
  until(`the callback is ${state}`, async () => (await (await callbackJob(requestId))?.getState()) === state);
/** Lets a callback that waits for its next attempt have it now. */
const hurry = async (requestId: string) => {
  await inState(requestId, 'delayed');
  await at.submitter.retryCallback(requestId);
};

describe('a callback', () => {
  test('is repeated with the same bytes and event id until the receiver has it', async () => {
    const seen: Callback[] = [];
    await at.notifier((given) => {
      seen.push(given);
      return given.attempt < 3
        ? Promise.reject(new AppError('CallbackRejected', 'the receiver answered 500'))
        : Promise.resolve();
    });
    const requestId = await ended();
    await hurry(requestId);
    await hurry(requestId);
    await inState(requestId, 'completed');
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
    expect(new Set(seen.map(({ eventId }) => eventId)).size).toBe(1);
  });

  test('keeps its bytes even when what they were made from is gone', async () => {
    const bodies: string[] = [];
    await at.notifier(({ body, attempt }) => {
      bodies.push(body);
      return attempt === 1 ? Promise.reject(new AppError('CallbackUnreachable', 'refused')) : Promise.resolve();
    });
    const requestId = await ended();
    await inState(requestId, 'delayed');
    await (await at.submitter.boardQueues()[0]?.getJob(requestId))?.remove();
    await hurry(requestId);
    await inState(requestId, 'completed');
    expect(bodies[1]).toBe(bodies[0]);
  });

  test('that is replayed by several at once is replayed by one; the others get `pending`', async () => {
    let posts = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await at.notifier(() => (++posts === 1 ? Promise.resolve() : held));
    const requestId = await ended();
    await inState(requestId, 'completed');
    const replays = await Promise.all(Array.from({ length: 8 }, () => at.submitter.retryCallback(requestId)));
    expect(replays.sort()).toEqual([...Array<string>(7).fill('pending'), 'replayed']);
    release();
    await inState(requestId, 'completed');
    expect(posts).toBe(2);
  });

  test('that is gone for good is given up, and can be replayed', async () => {
    const attempts: number[] = [];
    await at.notifier(({ attempt }) => {
      attempts.push(attempt);
      return attempts.length === 1
        ? Promise.reject(new AppError('CallbackGone', 'the receiver answered 410 Gone'))
        : Promise.resolve();
    });
    const requestId = await ended();
    await inState(requestId, 'failed');
    expect(attempts).toEqual([1]);
    expect(await at.submitter.retryCallback(requestId)).toBe('replayed');
    await inState(requestId, 'completed');
    expect(attempts).toEqual([1, 1]);
    expect(await at.submitter.retryCallback(requestId)).toBe('replayed');
    await until('it is POSTed once more', () => attempts.length === 3);
  });

  test('that is postponed comes back without an attempt counted', async () => {
    const attempts: number[] = [];
    await at.notifier(async ({ attempt, postpone }) => {
      attempts.push(attempt);
      if (attempts.length < 3) await postpone(20, { resting: false });
    });
    const requestId = await ended();
    await inState(requestId, 'completed');
    expect(attempts).toEqual([1, 1, 1]);
  });

  test('is given up after its time however its receiver rests, and a replay has the whole time again', async () => {
    let postponed = 0;
    let answered = false;
    const giveUpMs = 2_000;
    await at.notifier(
      async ({ postpone }) => {
        postponed += 1;
        if (!answered) await postpone(20, { resting: true });
      },
      { giveUpMs },
    );
    const requestId = await ended();
    await inState(requestId, 'failed');
    expect(await callbackJob(requestId)).toMatchObject({
      attemptsMade: 1,
      failedReason: expect.stringMatching(/given up after [\d.]+ h$/),
    });
    expect(postponed).toBeGreaterThan(2);
    postponed = 0;
    expect(await at.submitter.retryCallback(requestId)).toBe('replayed');
    await until('it is postponed again', () => postponed > 2);
    answered = true;
    await inState(requestId, 'completed');
    expect((await callbackJob(requestId))?.data).not.toHaveProperty('failingSince');
  });

  test('that waits for a place only is not given up', async () => {
    const seen: number[] = [];
    await at.notifier(
      async ({ attempt, postpone }) => {
        seen.push(attempt);
        if (seen.length < 10) await postpone(20, { resting: false });
      },
      { giveUpMs: 1 },
    );
    await inState(await ended(), 'completed');
    expect(seen).toHaveLength(10);
  });

  test('that fails is given up after its time, with one attempt at its end', async () => {
    const attempts: number[] = [];
    await at.notifier(
      ({ attempt }) => {
        attempts.push(attempt);
        return Promise.reject(new AppError('CallbackRejected', 'the receiver answered 500'));
      },
      // Less than the first wait, 5 s: it is shortened to this.
      { giveUpMs: 500 },
    );
    const requestId = await ended();
    await inState(requestId, 'failed');
    expect(attempts).toEqual([1, 2]);
    expect((await callbackJob(requestId))?.failedReason).toMatch(/^the receiver answered 500 .*given up after/);
  });

  test('is tried again when the receiver asks for it', async () => {
    const retryAfterMs = 1_200_000;
    const error = new AppError('CallbackRejected', 'the receiver answered 429', { details: { retryAfterMs } });
    await at.notifier(() => Promise.reject(error));
    const requestId = await ended();
    await inState(requestId, 'delayed');
    expect((await callbackJob(requestId))?.delay).toBe(retryAfterMs);
  });

  test('waits while no notifier runs, and until its recording has ended', async () => {
    const seen: string[] = [];
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    expect(await at.submitter.retryCallback(requestId)).toBe('pending');
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    await at.reaches(requestId, 'done');
    await inState(requestId, 'waiting');
    await at.notifier((given) => Promise.resolve(void seen.push(given.requestId)));
    await until('it is POSTed', () => seen.includes(requestId));
  });

  test('tells of a recording that was removed from the queue by hand', async () => {
    const seen: Callback[] = [];
    await at.notifier((given) => Promise.resolve(void seen.push(given)));
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    await (await at.submitter.boardQueues()[0]?.getJob(requestId))?.remove();
    const { result } = await until('it is told', () => seen[0]);
    expect(result).toMatchObject({ RequestId: requestId, Reason: 'failed', Files: [] });
    expect(result.Message).toMatch(/^record fail: .*removed/);
  });

  test('of a recording that took its workers down again and again tells so, with what was delivered', async () => {
    const seen: Callback[] = [];
    let runs = 0;
    await at.notifier((given) => Promise.resolve(void seen.push(given)));
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    await at.redis.client.hset(`{trtc-recorder}:recordings:${requestId}`, 'stc', '26');
    await at.worker((job) => {
      runs += 1;
      return Promise.resolve(resultFor(job.recording));
    });
    const { result } = await until('it is told', () => seen[0]);
    expect(runs).toBe(0);
    expect(result).toMatchObject({ Reason: 'failed', Message: expect.stringContaining('26 times') });
  });

  test('whose notifier died in the middle of it is taken up by another, with the same event id', async () => {
    const seen: string[] = [];
    const dying = await at.notifier((given) => {
      seen.push(given.eventId);
      return new Promise(() => undefined);
    });
    const requestId = await ended();
    await until('it is under way', () => seen.length === 1);
    await dying.kill();
    await at.notifier((given) => Promise.resolve(void seen.push(given.eventId)));
    await until('it is sent again', () => seen.length === 2, 60_000);
    expect(seen).toEqual([`${requestId}.ended`, `${requestId}.ended`]);
    await inState(requestId, 'completed');
  }, 90_000);
});
