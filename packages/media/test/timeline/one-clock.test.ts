import { describe, expect, test } from '@jest/globals';
import { planFiles } from '../../src/index.ts';
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

  test('a worker that hung and came back, when another had gone on, doesn’t move that one', () => {
    const entries = twoMachines(0, [0, 0]).map((entry) =>
      entry.type === 'take-end' && entry.take === 1 ? { ...entry, at: T0 + 50_000 } : entry,
    );
    expect(files(entries)).toEqual([{ from: 0, to: 60, played: 58 }]);
  });
});
