import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AudioOrder, type AudioPacket } from '../../src/spool/order/audio-order.ts';

/** Packets of 20 ms by number; each arrives at the given ms. */
const packet = (sequence: number, arrivedAt: number): AudioPacket => ({
  sequence,
  rtp: sequence * 960,
  ticks: 960,
  arrivedAt,
  data: Uint8Array.of(sequence & 0xff),
});

/** What comes out: numbers as they are, `-n` for n missing before the next, `late n`. */
const run = (arrivals: readonly (readonly [sequence: number, arrivedAt: number])[], end = true) => {
  const out: (number | string)[] = [];
  const order = new AudioOrder({
    packet: ({ sequence }, missing) => out.push(...(missing > 0 ? [`missing ${missing}`] : []), sequence ?? NaN),
    late: ({ sequence }) => out.push(`late ${String(sequence)}`),
  });
  for (const [sequence, arrivedAt] of arrivals) order.push(packet(sequence, arrivedAt));
  if (end) order.flush(Infinity);
  return out;
};

test('200 ms of jitter lose no packet', () => {
  const delays = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 2, maxLength: 200 });
  fc.assert(
    fc.property(delays, (late) => {
      const arrivals = late.map((ms, index) => [index, index * 20 + ms] as const).sort(([, a], [, b]) => a - b);
      // Packets before the first that arrived are not in the recording.
      const first = arrivals[0]?.[0] ?? 0;
      const wanted = late.map((_, index) => index).filter((index) => index >= first);
      expect(run(arrivals).filter((each) => typeof each === 'number' && each >= first)).toEqual(wanted);
    }),
  );
});

test.each([
  [
    'in order',
    [
      [1, 0],
      [2, 20],
      [3, 40],
    ],
    [1, 2, 3],
  ],
  [
    'a repeated packet',
    [
      [1, 0],
      [2, 20],
      [2, 21],
      [1, 22],
      [3, 40],
    ],
    [1, 2, 3],
  ],
  [
    'two swapped',
    [
      [1, 0],
      [3, 20],
      [2, 25],
      [4, 60],
    ],
    [1, 2, 3, 4],
  ],
  [
    'a hole filled in time',
    [
      [1, 0],
      [3, 40],
      [4, 60],
      [2, 180],
    ],
    [1, 2, 3, 4],
  ],
  [
    'a hole filled too late',
    [
      [1, 0],
      [3, 40],
      [4, 300],
      [2, 310],
      [5, 320],
    ],
    [1, 'missing 1', 3, 4, 'late 2', 5],
  ],
  [
    'a packet that came too late, again',
    [
      [1, 0],
      [3, 40],
      [4, 300],
      [2, 310],
      [2, 311],
    ],
    [1, 'missing 1', 3, 4, 'late 2'],
  ],
  [
    'a hole at the end',
    [
      [1, 0],
      [4, 40],
    ],
    [1, 'missing 2', 4],
  ],
  [
    'two holes',
    [
      [1, 0],
      [3, 10],
      [5, 20],
      [6, 300],
    ],
    [1, 'missing 1', 3, 'missing 1', 5, 6],
  ],
] as const)('%s', (_, arrivals, expected) => {
  expect(run(arrivals)).toEqual(expected);
});

test('a hole is waited for, and no longer than its window', () => {
  expect(
    run(
      [
        [1, 0],
        [3, 40],
        [4, 289],
      ],
      false,
    ),
  ).toEqual([1]);
  expect(
    run(
      [
        [1, 0],
        [3, 40],
        [4, 290],
      ],
      false,
    ),
  ).toEqual([1, 'missing 1', 3, 4]);
});

test('DTX is no loss: time goes on, sequence numbers do not', () => {
  const out: number[] = [];
  const order = new AudioOrder({ packet: (_, missing) => out.push(missing), late: () => out.push(NaN) });
  [0, 20_000, 40_000].forEach((rtp, sequence) => order.push({ ...packet(sequence, rtp / 48), rtp }));
  expect(out).toEqual([0, 0, 0]);
});

test('a sender that begins to count anew goes on in time', () => {
  const out: number[] = [];
  const order = new AudioOrder({ packet: ({ rtp }) => out.push(rtp / 960), late: () => out.push(NaN) });
  order.push({ ...packet(1000, 0), rtp: 960 });
  order.push({ ...packet(5, 20), rtp: 1920 });
  order.push({ ...packet(6, 40), rtp: 2880 });
  expect(out).toEqual([1, 2, 3]);
});

test('without sequence numbers the time decides', () => {
  const out: number[] = [];
  const order = new AudioOrder({ packet: ({ rtp }) => out.push(rtp), late: () => out.push(NaN) });
  for (const rtp of [0, 960, 960, 0, 1920]) order.push({ ...packet(0, rtp / 48), sequence: undefined, rtp });
  expect(out).toEqual([0, 960, 1920]);
});

test('jitter below the window, with repeats and losses: in order, once each, every loss told', () => {
  const arrival = fc.record({ delayMs: fc.integer({ min: 0, max: 149 }), lost: fc.boolean(), twice: fc.boolean() });
  fc.assert(
    fc.property(fc.array(arrival, { minLength: 1, maxLength: 120 }), (fates) => {
      // The first one is on time, or nobody could know that there was one.
      const known = fates.map((fate, index) => (index === 0 ? { delayMs: 0, lost: false, twice: false } : fate));
      const sent = known.flatMap(({ delayMs, lost, twice }, index) => {
        const at = index * 20 + delayMs;
        if (lost) return [];
        return twice ? [[index, at] as const, [index, at + 1] as const] : [[index, at] as const];
      });
      const out = run(sent.toSorted((a, b) => a[1] - b[1]));
      const numbers = out.filter((item) => typeof item === 'number');
      const missing = out.filter((item) => typeof item === 'string').map((item) => Number(item.split(' ')[1]));
      const there = known.flatMap(({ lost }, index) => (lost ? [] : [index]));
      expect(numbers).toEqual(there);
      const lostInside = known.slice(0, there.at(-1)! + 1).filter(({ lost }) => lost).length;
      expect(missing.reduce((sum, count) => sum + count, 0)).toBe(lostInside);
    }),
  );
});
