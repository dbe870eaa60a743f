import { describe, expect, test } from '@jest/globals';
import { Interruption, type RecordingState } from '@trtc-recorder/queue';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import { record } from '../src/record.ts';
import type { RecordingSpool } from '../src/ports.ts';
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
      delivery: {
        waited: { ms: 0, at: 0, until: 1 },
        rounds: 1,
        uploadRounds: 1,
        cause: 'trtc/bob.mp4 does not answer',
      },
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
    for (let rounds = 0; rounds < 4; rounds += 1) {
      const next = await round(state, { upload: () => down() });
      delays.push(next.delayMs);
      state = next.state;
    }
    expect(delays).toEqual([1, 2, 4, 8]);
    const waited = { ms: 23.9 * HOUR, at: HOUR, until: HOUR };
    const longSince = { ...state, delivery: { ...state.delivery!, rounds: 30, waited } };
    const late = await round(longSince, { upload: () => down() }, 1);
    expect(late.delayMs).toBeCloseTo(0.1 * HOUR, 3);
    const last = await round(late.state, { upload: () => down() }, 1.1);
    expect(messages(last.result!)).toEqual(['upload fail: COS does not answer; given up after 32 rounds in 24 h']);
    expect(last.done.slice(-1)).toEqual(['abort uploads in trtc']);
  });

  test('a weekend with all workers off, or a clock that is days ahead, is no time in which anybody tried', async () => {
    const first = await round(captured, { upload: () => down() }, 1);
    const second = await round(first.state, { upload: () => down() }, 49);
    expect(second.delayMs).toBe(2);
    expect(second.state.delivery!.waited.ms).toBeLessThan(HOUR);
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
    const waited = { ms: 24 * HOUR, at: 0, until: 0 };
    const last = await round({ ...first.state, delivery: { ...first.state.delivery!, waited } }, noTimeline);
    expect(last.result?.Timeline?.Message).toMatch(/does not answer; given up after 2 rounds in 24 h$/);
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
  const failing = { waited: { ms: 0, at: 0, until: 0 }, rounds: 9, cause: 'COS does not answer' };
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
    expect(first).toMatchObject({ delayMs: 2_000, done: [], state: { spoolAway: { ms: 0, at: 0, until: 2_000 } } });
    expect(first.state.wait?.message).toMatch(/^the spool of this recording is not under WORK_DIR here/);
    const later = await round(first.state, away, 0.3);
    expect(later.delayMs).toBe(60_000);
    const weekend = await round(later.state, away, 72);
    expect(weekend.delayMs).toBe(60_000);
    const long = { ...weekend.state, spoolAway: { ...weekend.state.spoolAway!, ms: 24 * HOUR } };
    await expect(round(long, away, 72)).rejects.toMatchObject({ code: 'SpoolFailed', retryable: false });
  });
  test('is forgotten once the one that has it took it', async () => {
    const first = await round(
      { ...captured, delivery: { waited: { ms: 5, at: 0, until: 0 }, rounds: 1, uploadRounds: 1, cause: 'x' } },
      away,
    );
    const here = await round(first.state, { upload: () => down() });
    expect(here.state.spoolAway).toBeUndefined();
    expect(here.state.delivery).toMatchObject({ waited: { ms: 5 }, rounds: 2 });
  });
});

describe('a disk that is away', () => {
  const away = { open: () => Promise.reject(new AppError('SpoolFailed', 'opening the spool: ESTALE')) };
  test.each<[string, Partial<RecordingState>, object]>([
    ['before anything was captured: soon again, for another worker', {}, { kind: 'handed-back', delayMs: 2_000 }],
    ['while it captures: soon again, by whoever can', { spools: ['a'] }, { kind: 'handed-back', delayMs: 2_000 }],
    ['with everything captured: waited for', { ...captured, spools: ['a'] }, { kind: 'handed-back', delayMs: 30_000 }],
    [
      'for longer than the time given',
      { ...captured, spools: ['a'], diskAway: { ms: 25 * HOUR, at: 0, until: 0 } },
      { code: 'SpoolFailed' },
    ],
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
    expect(first.lines).toEqual([
      'worker w1 cannot go on: opening the spool: ENOSPC; waiting for room, or for another worker',
    ]);
    const second = await roundOn(first.state, 23);
    expect([second.error instanceof Interruption, second.lines]).toEqual([true, []]);
    const long = { ...second.state, diskAway: { ...second.state.diskAway!, ms: 24 * HOUR } };
    expect((await roundOn(long, 25)).error).toMatchObject({ code: 'SpoolFull' });
    const ports = fakePorts();
    const job = fakeJob(second.state);
    await record(job, ports, logger);
    expect([job.state.diskAway, job.state.wait]).toEqual([undefined, undefined]);
  });

  test('nor may a take that never begins wait for ever', async () => {
    const startTake = (): Promise<never> => Promise.reject(new AppError('SpoolFull', 'starting a take: ENOSPC'));
    const ports = fakePorts({ now: () => 0 });
    const spools = { open: async () => ({ ...(await ports.spools.open('r1')), startTake }) };
    const job = fakeJob({ spools: ['a'], diskAway: { ms: 12 * HOUR, at: 0, until: 0 } });
    await expect(record(job, { ...ports, spools }, logger)).rejects.toMatchObject({ kind: 'handed-back' });
    expect(job.state.diskAway?.ms).toBe(12 * HOUR);
    const late = fakeJob({ spools: ['a'], diskAway: { ms: 24 * HOUR, at: 0, until: 0 } });
    await expect(record(late, { ...ports, spools }, logger)).rejects.toMatchObject({ code: 'SpoolFull' });
  });
});

describe('when everything is delivered', () => {
  const withSpool = (change: Partial<RecordingSpool>, world: Partial<World> = {}) => {
    const ports = fakePorts(world);
    return { ...ports, spools: { open: async () => ({ ...(await ports.spools.open('r1')), ...change }) } };
  };

  test('a spool that cannot be removed is no failure', async () => {
    const remove = () => Promise.reject(new AppError('SpoolFailed', 'removing the spool: EROFS'));
    const job = fakeJob(captured);
    const result = await record(job, withSpool({ remove }), logger);
    expect([messages(result), job.state.delivered]).toEqual([['record success'], true]);
  });

  test('segments that a damaged journal gives to nobody keep the spool, and are told of', async () => {
    const ports = withSpool({ strays: () => Promise.resolve(['000007.mkv', '000008.mkv']) });
    const job = fakeJob(captured);
    const result = await record(job, ports, logger);
    expect(result.Files[0]?.Message).toMatch(/^record success: the journal is damaged, and 2 segments/);
    expect(ports.done).not.toContain('spool removed');
    expect(job.state.delivered).toBeUndefined();
  });

  test('no file is in the result beside a longer one that was made of the same and more', async () => {
    const whole = { ...plan('anna'), startMs: 1_000, endMs: 11_000 };
    const late = { ...plan('bob'), startMs: 1_000, endMs: 11_000 };
    const first = await round(captured, {
      plans: [{ ...whole, startMs: 4_000 }, late],
      upload: (key) => key === 'trtc/bob.mp4' && down(key),
    });
    const second = await round(first.state, { plans: [whole, late] });
    expect(second.result!.Files.map(({ UserId, StartTime }) => [UserId, StartTime])).toEqual([
      ['anna', '1970-01-01T00:00:01.000Z'],
      ['bob', '1970-01-01T00:00:01.000Z'],
    ]);
    expect(second.lines.join()).toContain('is superseded by a longer file');
  });
});
