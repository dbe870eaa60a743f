import { describe, expect, test } from '@jest/globals';
import { buildTimeline, planFiles } from '../../src/index.ts';
import type { JournalEntry } from '../../src/spool/journal/journal-entry.ts';
import { onOneClock } from '../../src/timeline/one-clock.ts';
import { JournalBuilder, T0 } from '../helpers/journal.ts';

/** 30 s by one machine, then 28 s by another, 2 s later; the second's clock is `apart` seconds ahead. */
const twoMachines = (apart: number, [first, second]: readonly (number | undefined)[]): JournalEntry[] => {
  const { entries } = new JournalBuilder()
    .take(0)
    .enter('ann', 0)
    .media({ from: 0, to: 30 })
    .takeEnd(30)
    .take(32 + apart)
    .enter('ann', 32 + apart)
    .media({ from: 32 + apart, to: 60 + apart })
    .takeEnd(60 + apart);
  const ahead = [undefined, first, second];
  return entries.map((entry) => (entry.type === 'take' ? { ...entry, aheadMs: ahead[entry.take] } : entry));
};

const files = (entries: JournalEntry[]) =>
  planFiles(entries, { mode: '00' }).map(({ startMs, endMs, audio }) => ({
    from: Math.round(startMs - T0) / 1000,
    to: Math.round(endMs - T0) / 1000,
    played: Math.round(
      audio.reduce((sum, piece) => sum + Math.min(piece.endMs, piece.untilMs) - piece.startMs, 0) / 1000,
    ),
  }));

describe('takes of machines whose clocks differ', () => {
  test.each([[-30], [-2], [-0.1], [0], [0.1], [5], [20]])('by %s s make one file, with all that was said', (apart) => {
    expect(files(twoMachines(apart, [-7_000, apart * 1000 - 7_000]))).toEqual([{ from: 0, to: 60, played: 58 }]);
  });

  test('that were never compared lose nothing where the later one seems to be the earlier', () => {
    const [file, ...others] = files(twoMachines(-30, [undefined, undefined]));
    expect(others).toEqual([]);
    expect(file).toMatchObject({ from: 0, to: 58, played: 58 });
  });

  test('within what is measured surely, or by the same machine, are left as they are', () => {
    for (const ahead of [
      [10, 85],
      [undefined, undefined],
      [undefined, 3_000],
    ] as const) {
      const entries = twoMachines(0, ahead);
      expect([...onOneClock(entries)]).toEqual(entries);
    }
  });

  test('a failed subscription moves as a whole, with the time since when nothing came', () => {
    const entries = twoMachines(30, [0, 30_000]);
    const at = T0 + 70_000;
    const track = { userId: 'ann', stream: 'main', kind: 'video' } as const;
    const event = { type: 'subscription-failed', at, since: at - 7_000, ...track, cause: 'refused' } as const;
    const moved = [...onOneClock([...entries, { type: 'event', at, take: 2, event }])].at(-1);
    expect(moved).toMatchObject({ at: at - 30_000, event: { at: at - 30_000, since: at - 37_000 } });
  });

  test('a worker that hung and came back, when another had gone on, doesn’t move that one', () => {
    const entries = twoMachines(0, [0, 0]).map((entry) =>
      entry.type === 'take-end' && entry.take === 1 ? { ...entry, at: T0 + 50_000 } : entry,
    );
    expect(files(entries)).toEqual([{ from: 0, to: 60, played: 58 }]);
  });

  /** Two takes of one machine, 2 s apart by its monotonic clock; its wall clock was set by so many seconds between them. */
  const oneMachine = (setBy: number, worker = 'w1'): JournalEntry[] =>
    twoMachines(setBy, [-7_000, -7_000]).map((entry) =>
      entry.type !== 'take'
        ? entry
        : { ...entry, worker: entry.take === 1 ? 'w1' : worker, boot: 'b1', upMs: entry.take === 1 ? 5_000 : 37_000 },
    );

  test.each([[-7_200], [-20], [-0.5], [0.5], [20], [600], [7_200]])(
    'of one machine are in their places though its clock was set by %s s between them',
    (setBy) => {
      for (const worker of ['w1', 'w2'])
        expect(files(oneMachine(setBy, worker))).toEqual([{ from: 0, to: 60, played: 58 }]);
    },
  );

  test('of a worker never begin before the end of the one before, also in journals without a monotonic clock', () => {
    const entries = twoMachines(-20, [0, 0]).map((entry) =>
      entry.type === 'take' ? { ...entry, worker: 'w1' } : entry,
    );
    expect(files(entries)).toEqual([{ from: 0, to: 58, played: 58 }]);
  });

  test('end where their media does, whatever the clock said of when the lines were written', () => {
    const entries = oneMachine(0).map((entry) =>
      entry.type === 'segment' || entry.type === 'track' ? { ...entry, at: entry.at + 3_600_000 } : entry,
    );
    const [first] = buildTimeline(entries).takes;
    expect(first!.endMs - T0).toBe(30_000);
  });
});
