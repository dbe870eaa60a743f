import { describe, expect, test } from '@jest/globals';
import { AppError } from '@trtc-recorder/runtime';
import { inParallel } from '../src/in-parallel.ts';
import { lastKnown } from '../src/last-known.ts';
import { withStepRetry } from '../src/step-retry.ts';
import { describeEvent } from '../src/steps/event-lines.ts';

describe('retries of a step', () => {
  const retry = (lines: string[], signal = new AbortController().signal) => ({
    what: 'join',
    retries: 3,
    minMs: 1,
    maxMs: 2,
    signal,
    log: (line: string) => Promise.resolve(void lines.push(line)),
  });
  test('goes on while the error says that a retry can help', async () => {
    const lines: string[] = [];
    let tries = 0;
    const value = await withStepRetry(retry(lines), () =>
      ++tries < 3 ? Promise.reject(new AppError('JoinFailed', 'offline')) : Promise.resolve('in'),
    );
    expect([value, tries, lines.length]).toEqual(['in', 3, 2]);
    expect(lines[0]).toBe('join: attempt 1 failed, trying again: offline');
  });
  test('throws the last error when the tries are used up', async () => {
    let tries = 0;
    const attempt = () => Promise.reject(new AppError('JoinFailed', `try ${++tries}`));
    await expect(withStepRetry(retry([]), attempt)).rejects.toMatchObject({ code: 'JoinFailed', message: 'try 4' });
  });
  test('stops at once at an error that is final', async () => {
    let tries = 0;
    const attempt = () => Promise.reject(new AppError('JoinRefused', `try ${++tries}`));
    await expect(withStepRetry(retry([]), attempt)).rejects.toMatchObject({ code: 'JoinRefused', message: 'try 1' });
  });
  test('an abort ends the waiting with its reason', async () => {
    const abort = new AbortController();
    const attempt = () => {
      abort.abort(new Error('draining'));
      return Promise.reject(new AppError('JoinFailed', 'offline'));
    };
    await expect(withStepRetry(retry([], abort.signal), attempt)).rejects.toThrow('draining');
  });
});

describe('work in parallel', () => {
  test('holds the limit, keeps the order of beginning', async () => {
    let running = 0;
    let most = 0;
    const begun: number[] = [];
    await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    expect([most, begun]).toEqual([2, [1, 2, 3, 4, 5]]);
  });
  test('begins nothing further after an error, and waits for what runs', async () => {
    const ended: number[] = [];
    const work = async (item: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (item === 1) throw new Error('one');
      ended.push(item);
    };
    await expect(inParallel([1, 2, 3, 4], 2, work)).rejects.toThrow('one');
    expect(ended).toEqual([2]);
  });
});

test('a last known value never waits, and asks once at a time', async () => {
  let resolve: (value: boolean) => void = () => undefined;
  let asked = 0;
  const value = lastKnown(
    false,
    () => new Promise<boolean>((r) => ((asked += 1), (resolve = r))),
    () => undefined,
  );
  expect([value(), value(), asked]).toEqual([false, false, 1]);
  resolve(true);
  await new Promise((r) => setImmediate(r));
  expect([value(), asked]).toEqual([true, 2]);
});

test('a user id cannot forge a line of the job log', () => {
  const line = describeEvent({ type: 'anchor-enter', at: 0, userId: 'x\nupload: done' });
  expect(line).toBe('capture: anchor "x\\nupload: done" came in');
});

test('the job log says which track is not recorded, and why', () => {
  const track = { userId: 'anna', stream: 'main', kind: 'audio' } as const;
  expect(describeEvent({ type: 'subscription-failed', at: 9, since: 1, ...track, cause: 'refused' })).toBe(
    'capture: "anna" main audio is not recorded: refused',
  );
  expect(describeEvent({ type: 'subscription-restored', at: 12, ...track })).toBe(
    'capture: "anna" main audio is recorded again',
  );
});
