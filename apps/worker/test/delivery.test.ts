import { describe, expect, test } from '@jest/globals';
import { Interruption, type RecordingState } from '@trtc-recorder/queue';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import { record } from '../src/record.ts';
import { fakeJob, fakePorts, messages, plan, type World } from './fakes.ts';

const logger = silentLogger();
const HOUR = 3_600_000;
const captured = { step: 'transcode', reason: 'kick', takes: 1, startedAt: 5, endedAt: 10 } as const;
const down = (key = 'COS'): never => {
  throw new AppError('CosUnavailable', `${key} does not answer`);
};
const refused = (): never => {
  throw new AppError('CosBucketNotFound', 'no such bucket');
};
const uploads = (done: readonly string[]): string[] => done.filter((line) => /^upload .*mp4$/.test(line));

/** One round over a made-up world, at `hour` of the test's clock; the job that comes back is the next round's. */
async function round(state: Partial<RecordingState>, world: Partial<World>, hour = 0) {
  const job = fakeJob(state);
  const settled: Partial<World> = { now: () => hour * HOUR, ...world };
  const ports = fakePorts(settled);
  // In-step retries without their waits.
  const quick = { ...ports.settings.delivery, backoff: { firstMs: 1, maxMs: 900_000, jitter: 0 } };
  const outcome = await record(job, { ...ports, settings: { ...ports.settings, delivery: quick } }, logger).then(
    (result) => ({ result, delayMs: undefined }),
    (error: unknown) => {
      if (!(error instanceof Interruption)) throw error;
      return { result: undefined, delayMs: error.delayMs };
    },
  );
  return { ...outcome, state: job.state, lines: job.lines, done: ports.done };
}

describe('an outage of COS', () => {
  test('the job goes back to the queue, delivered files stay delivered, and the next round does the rest alone', async () => {
    const plans = [plan('anna'), plan('bob')];
    const first = await round(captured, { plans, upload: (key) => key === 'trtc/bob.mp4' && down(key) });
    expect(first.delayMs).toBe(1);
    expect(first.done).not.toContain('spool removed');
    expect(first.state).toMatchObject({
      step: 'upload',
      files: [{ UserId: 'anna', Status: 1 }],
      delivery: { failingSince: 0, rounds: 1, uploadRounds: 1, cause: 'trtc/bob.mp4 does not answer' },
      wait: { until: 1, message: 'delivery waits, after 1 failed round: trtc/bob.mp4 does not answer' },
    });
    const second = await round(first.state, { plans });
    expect(second.done).toEqual([
      'produce bob',
      'upload trtc/bob.mp4',
      'timeline of 2',
      'upload trtc/timeline.json',
      'abort uploads in trtc',
      'copies removed',
      'spool removed',
    ]);
    expect(messages(second.result!)).toEqual(['record success', 'record success']);
    expect(second.state.wait).toBeUndefined();
  });

  test('waits grow from round to round, never beyond the time given; then the files have failed and the segments stay', async () => {
    let state: Partial<RecordingState> = captured;
    const delays: (number | undefined)[] = [];
    for (const hour of [1, 1, 1, 24.9]) {
      const next = await round(state, { upload: () => down() }, hour);
      delays.push(next.delayMs);
      state = next.state;
    }
    expect(delays).toEqual([1, 2, 4, 8]);
    const late = await round(
      { ...state, delivery: { ...state.delivery!, rounds: 30 } },
      { upload: () => down() },
      24.9,
    );
    expect(late.delayMs).toBe(0.1 * HOUR);
    const last = await round(late.state, { upload: () => down() }, 25);
    expect(messages(last.result!)).toEqual(['upload fail: COS does not answer; given up after 32 rounds in 24 h']);
    expect(last.done.slice(-1)).toEqual(['abort uploads in trtc']);
  });

  test('files are tried with retries until one has failed; after three the others are left alone', async () => {
    const plans = ['a', 'b', 'c', 'd', 'e'].map(plan);
    const { done } = await round(captured, { plans, upload: () => down() });
    expect(uploads(done).filter((line) => /[cde]\.mp4/.test(line)).length).toBeLessThanOrEqual(2);
    expect(done.filter((line) => line.startsWith('produce '))).toHaveLength(5);
  });

  test('one file that always fails keeps none of the others from being delivered', async () => {
    const plans = ['a', 'b', 'c', 'd'].map(plan);
    const bad = { plans, upload: (key: string) => key !== 'trtc/d.mp4' && down(key) };
    let state: Partial<RecordingState> = captured;
    for (let rounds = 0; rounds < 3; rounds += 1) state = (await round(state, bad)).state;
    expect(state.files).toMatchObject([{ UserId: 'd', Status: 1 }]);
  });

  test('a disk too full to make a file is waited for too, and is no reason for the backup', async () => {
    const full = {
      produce: () => {
        throw new AppError('SpoolFull', 'no room');
      },
    };
    const first = await round(captured, full);
    expect(first.state).toMatchObject({ files: [], delivery: { rounds: 1, uploadRounds: 0, cause: 'no room' } });
    const second = await round(first.state, {});
    expect(messages(second.result!)).toEqual(['record success']);
  });

  test('a share that is away while files are made costs none of them', async () => {
    const away = {
      produce: () => {
        throw new AppError('SpoolFailed', 'reading a segment: ESTALE');
      },
    };
    const first = await round(captured, away);
    expect(first.state).toMatchObject({ files: [], delivery: { rounds: 1, uploadRounds: 0 } });
    expect(messages((await round(first.state, {})).result!)).toEqual(['record success']);
  }, 30_000);

  test('the timeline waits for a later round as files do, and nothing is removed before', async () => {
    const noTimeline = { upload: (key: string) => key.endsWith('timeline.json') && down(key) };
    const first = await round(captured, noTimeline);
    expect(first.delayMs).toBe(1);
    expect(first.state).toMatchObject({
      files: [{ UserId: 'anna', Status: 1 }],
      timeline: { Status: 0, Message: 'upload fail: trtc/timeline.json does not answer' },
      delivery: { rounds: 1, uploadRounds: 1 },
    });
    const second = await round(first.state, {});
    expect(second.done).toEqual([
      'timeline of 1',
      'upload trtc/timeline.json',
      'abort uploads in trtc',
      'copies removed',
      'spool removed',
    ]);
    expect(second.result?.Timeline).toMatchObject({ Status: 1, Message: 'record success' });
    const last = await round(first.state, noTimeline, 25);
    expect(last.result?.Timeline?.Message).toMatch(/does not answer; given up after 2 rounds in 25 h$/);
    expect(last.done).toContain('spool removed');
  });

  test('what was refused for good is tried again only if there is a further round', async () => {
    const plans = [plan('anna'), plan('bob')];
    const upload = (key: string) => (key === 'trtc/anna.mp4' ? refused() : down(key));
    const first = await round(captured, { plans, upload });
    const second = await round(first.state, { plans });
    expect(messages(second.result!)).toEqual(['record success', 'record success']);
    const alone = await round(captured, { upload: () => refused() });
    expect(messages(alone.result!)).toEqual(['upload fail: no such bucket']);
  });
});

describe('the backup bucket', () => {
  const failing = { failingSince: 0, rounds: 9, cause: 'COS does not answer' };
  const none = () => undefined;
  const instead = (cause: string) => `record success: in the backup bucket, instead of trtc: ${cause}`;
  const cases: [string, Partial<World>, number, string[], string | undefined][] = [
    ['not before the rounds are over', { upload: () => down(), backup: none }, 1, ['trtc'], undefined],
    ['then first', { upload: () => down(), backup: none }, 2, ['backup'], instead('COS does not answer')],
    ['down as well: the first again', { upload: none, backup: () => down() }, 2, ['backup', 'trtc'], 'record success'],
    [
      'at once when the first refuses',
      { upload: refused, backup: none },
      0,
      ['trtc', 'backup'],
      instead('no such bucket'),
    ],
    [
      'down while the first refuses: later',
      { upload: refused, backup: () => down() },
      0,
      ['trtc', 'backup'],
      undefined,
    ],
  ];
  test.each(cases)('%s', async (_, world, rounds, tried, message) => {
    const state = { ...captured, ...(rounds > 0 && { delivery: { ...failing, uploadRounds: rounds } }) };
    const { result, done } = await round(state, world);
    expect([...new Set(uploads(done))]).toEqual(tried.map((path) => `upload ${path}/anna.mp4`));
    expect(result?.Files[0]?.Message).toBe(message);
    expect(result?.Files[0]?.Backup).toBe(message?.includes('backup') === true ? true : undefined);
    if (result !== undefined) expect(done.slice(-3)).toContain('abort uploads in backup');
  });

  test('refused by both: told of both', async () => {
    const { result } = await round(captured, { upload: () => refused(), backup: () => refused() });
    expect(messages(result!)).toEqual(['upload fail: no such bucket; the backup: no such bucket']);
  });
});

describe('a worker without the spool', () => {
  const away = { journal: [], plans: [] };
  test('gives the job back for the one that has it, less and less often, and at last fails it', async () => {
    const first = await round(captured, away);
    expect(first).toMatchObject({ delayMs: 2_000, done: [], state: { spoolAwaySince: 0 } });
    expect(first.state.wait?.message).toMatch(/^the spool of this recording is not under WORK_DIR here/);
    const later = await round(first.state, away, 1);
    expect(later.delayMs).toBe(60_000);
    await expect(round(later.state, away, 24)).rejects.toMatchObject({ code: 'SpoolFailed', retryable: false });
  });
  test('is forgotten once the one that has it took it', async () => {
    const first = await round(
      { ...captured, delivery: { failingSince: 0, rounds: 1, uploadRounds: 1, cause: 'x' } },
      away,
    );
    const here = await round(first.state, { upload: () => down() });
    expect(here.state.spoolAwaySince).toBeUndefined();
    expect(here.state.delivery).toMatchObject({ failingSince: 0, rounds: 2 });
  });
});

describe('a disk that is away', () => {
  const away = { open: () => Promise.reject(new AppError('SpoolFailed', 'opening the spool: ESTALE')) };
  test.each<[string, Partial<RecordingState>, object]>([
    ['before anything was captured: told soon', {}, { code: 'SpoolFailed' }],
    ['while it captures: soon again, by whoever can', { spools: ['a'] }, { kind: 'handed-back', delayMs: 2_000 }],
    ['with everything captured: waited for', { ...captured, spools: ['a'] }, { kind: 'handed-back', delayMs: 30_000 }],
    ['for longer than the time given', { ...captured, spools: ['a'], fullSince: -25 * HOUR }, { code: 'SpoolFailed' }],
  ])('%s', async (_, state, expected) => {
    const ports = { ...fakePorts({ now: () => 0 }), spools: away };
    await expect(record(fakeJob(state), ports, logger)).rejects.toMatchObject(expected);
  });
});

describe('a disk without any room', () => {
  const full = (): never => {
    throw new AppError('SpoolFull', 'opening the spool: ENOSPC');
  };
  const roundOn = async (state: Partial<RecordingState>, hour: number) => {
    const job = fakeJob(state);
    const ports = fakePorts({ now: () => hour * HOUR });
    const error: unknown = await record(
      job,
      { ...ports, spools: { open: () => Promise.resolve().then(full) } },
      logger,
    ).catch((thrown: unknown) => thrown);
    return { error, state: job.state, lines: job.lines };
  };

  test('the job waits for room, is told once, and is given up after the time for it', async () => {
    const first = await roundOn(captured, 0);
    expect(first.error).toMatchObject({ kind: 'handed-back', delayMs: 30_000 });
    expect(first.lines).toEqual(['no room under WORK_DIR: opening the spool: ENOSPC; waiting for room']);
    const second = await roundOn(first.state, 23);
    expect([second.error instanceof Interruption, second.lines]).toEqual([true, []]);
    expect((await roundOn(second.state, 25)).error).toMatchObject({ code: 'SpoolFull' });
    const ports = fakePorts();
    const job = fakeJob(second.state);
    await record(job, ports, logger);
    expect([job.state.fullSince, job.state.wait]).toEqual([undefined, undefined]);
  });
});
