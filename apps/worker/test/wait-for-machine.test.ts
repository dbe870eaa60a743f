import { describe, expect, test } from '@jest/globals';
import { errorCatalogue, faultOrigin, type ErrorCode } from '@trtc-recorder/contracts';
import type { Take } from '@trtc-recorder/media';
import { Interruption, type RecordingState } from '@trtc-recorder/queue';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import type { Ports } from '../src/ports.ts';
import { record } from '../src/record.ts';
import { fakeJob, fakePorts, plan, type World } from './fakes.ts';

const logger = silentLogger();
const HOUR = 3_600_000;
const captured: Partial<RecordingState> = {
  step: 'transcode',
  takes: 1,
  startedAt: 0,
  endedAt: 10_000,
  reason: 'room_disband',
  endedMessage: 'the room was dismissed',
};

/** Runs the flow once; `found`: whether the health checks find the cause. */
async function run(state: Partial<RecordingState>, change: Partial<Ports>, world: Partial<World> = {}, found = true) {
  const job = fakeJob(state);
  const examined: ErrorCode[] = [];
  const machine = { examine: ({ code }: AppError) => Promise.resolve(examined.push(code) > 0 && found) };
  const ports = { ...fakePorts({ now: () => 0, steady: () => performance.now(), ...world }), machine, ...change };
  const outcome: unknown = await record(job, ports, logger).catch((error: unknown) => error);
  return { outcome, examined, job, done: ports.done };
}
const rejects = (code: ErrorCode) => () => Promise.reject(new AppError(code, `met ${code}`));
const handedBack = (outcome: unknown) => outcome instanceof Interruption && outcome.kind === 'handed-back';

/** InvalidConfiguration and the like never come from a room; SpoolFull ends a capture, whose files make room. */
const codes = Object.keys(errorCatalogue) as ErrorCode[];

describe('a join that fails', () => {
  test.each(codes.filter((code) => faultOrigin[code] === 'machine'))(
    '%s: goes back at once for another worker, tried once, and no attempt is counted',
    async (code) => {
      const { outcome, examined, job } = await run({}, { rooms: { join: rejects(code) } });
      expect(handedBack(outcome)).toBe(true);
      expect(outcome).toMatchObject({ delayMs: 0 });
      expect(examined).toEqual([code]);
      expect(job.state.wait?.message).toMatch(`worker w1 cannot go on: met ${code}; waiting for`);
      expect(job.lines.filter((line) => line.includes('cannot go on'))).toHaveLength(1);
    },
  );
  test.each(codes.filter((code) => faultOrigin[code] !== 'machine' && !errorCatalogue[code].retryable))(
    '%s: is the end of the recording, on whatever machine',
    async (code) => {
      const { outcome, examined } = await run({}, { rooms: { join: rejects(code) } });
      expect(outcome).toMatchObject({ code });
      expect(examined).toEqual([]);
    },
  );
  test('a system error that came through as it was thrown counts as the machine', async () => {
    const emfile = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE', syscall: 'open' });
    const { outcome, examined } = await run({}, { rooms: { join: () => Promise.reject(emfile) } });
    expect([handedBack(outcome), examined]).toEqual([true, ['MachineExhausted']]);
  });
  test('a recording that was in its room goes on elsewhere, too', async () => {
    const { outcome } = await run(
      { step: 'capture', takes: 1, startedAt: 0, spools: ['a'] },
      { rooms: { join: rejects('BrowserUnavailable') } },
    );
    expect(handedBack(outcome)).toBe(true);
  });
  test('whose cause no check finds is tried again in a moment, and for as long as the time given', async () => {
    const join = rejects('BrowserUnavailable');
    const first = await run({}, { rooms: { join } }, {}, false);
    expect(first.outcome).toMatchObject({ kind: 'handed-back', delayMs: 2_000 });
    const long = { ...first.job.state, diskAway: { ms: 24 * HOUR, at: 0, until: 0 } };
    expect((await run(long, { rooms: { join } }, {}, false)).outcome).toMatchObject({ code: 'BrowserUnavailable' });
  });
});

test('a spool that fails in the middle of a take sends the recording on, and does not end it', async () => {
  const base = fakePorts();
  const open = async () => {
    const spool = await base.spools.open('r1');
    return {
      ...spool,
      startTake: async (options: Parameters<typeof spool.startTake>[0]): Promise<Take> => {
        setImmediate(() => options.onFault(new AppError('SpoolFailed', 'writing a segment: EROFS')));
        return spool.startTake(options);
      },
    };
  };
  const { outcome, job } = await run({}, { spools: { open } }, { joins: [() => []] });
  expect(outcome).toMatchObject({ kind: 'handed-back', delayMs: 0 });
  expect(job.state).toMatchObject({ step: 'capture', wait: { message: expect.stringMatching('EROFS') } });
  expect(job.state.reason).toBeUndefined();
});

describe('files that this machine cannot make', () => {
  const failing = (code: ErrorCode) => ({
    plans: ['a', 'b'].map(plan),
    produce: ({ userId }: { userId: string }) => {
      if (userId === 'a') throw new AppError(code, `met ${code}`);
      return produced;
    },
  });
  const produced = {
    ...{ path: '/nowhere/b.mp4', size: 100, durationMs: 10_000, startMs: 1_000, endMs: 11_000, undecodable: [] },
    quality: { LostMs: 0, HeldMs: 0, SilenceMs: 0, ReencodedMs: 0, SkewMs: 0 },
  };
  test.each(['ToolUnavailable', 'MachineExhausted', 'ConvertFailed'] as const)(
    '%s: the others are delivered, and the rest goes to another worker',
    async (code) => {
      const { outcome, job } = await run(captured, {}, failing(code));
      expect(outcome).toMatchObject({ kind: 'handed-back', delayMs: 0 });
      expect(job.state.files).toMatchObject([{ UserId: 'b', Status: 1 }]);
      expect(job.state.delivery).toBeUndefined();
    },
    30_000,
  );
  test('ConvertFailed on a machine in order is the end of that file', async () => {
    const { outcome } = await run(captured, {}, failing('ConvertFailed'), false);
    expect(outcome).toMatchObject({ Files: [{ Message: 'convert fail: met ConvertFailed' }, { Status: 1 }] });
  }, 30_000);
  test('one at a time after such a fault, and the wait is over with the last file', async () => {
    let now = 0;
    let most = 0;
    const produce = async () => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return produced;
    };
    const plans = ['a', 'b', 'c'].map(plan);
    const files = { ...fakePorts({ plans }).files, produce };
    const state = { ...captured, diskAway: { ms: 0, at: 0, until: 0 }, wait: { until: 0, message: 'x' } };
    const { job } = await run(state, { files }, { plans });
    expect([most, job.state.diskAway, job.state.wait]).toEqual([1, undefined, undefined]);
    await run(captured, { files }, { plans });
    expect(most).toBe(2);
  });
  test('after the time given they have failed, and the rest is the result', async () => {
    const state = { ...captured, diskAway: { ms: 24 * HOUR, at: 0, until: 0 } };
    const { outcome } = await run(state, {}, failing('ToolUnavailable'));
    expect(outcome).toMatchObject({
      Files: [{ Message: 'convert fail: met ToolUnavailable; given up after 24 h' }, { Status: 1 }],
    });
  });
});
