import { expect, test } from '@jest/globals';
import { ArrivalRecorder, type ArrivalLine } from '../../src/spool/take/arrival-recorder.ts';

/** The frames that are marked as a possible jump; packets of 20 ms whose timestamps advance by `ticks`. */
const jumpsOf = (ticks: number, sequences: readonly number[], jump = { from: Infinity, ticks: 0 }): number => {
  const lines: ArrivalLine[] = [];
  const recorder = new ArrivalRecorder(48_000, (line) => lines.push(line));
  for (const sequence of sequences) {
    const rtp = Math.round(sequence * ticks) + (sequence >= jump.from ? jump.ticks : 0);
    recorder.add({ rtp, receivedAt: 1_000 + sequence * 20, sequence, ticks: 960 });
  }
  recorder.end();
  return lines.flatMap(({ frames }) => frames).filter((frame) => Array.isArray(frame) && frame[2] === 1).length;
};
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

test.each([960, 960 * 1.028, 960 * 0.9, 960 * 1.1])('a loss is no jump where packets are %d ticks apart', (ticks) => {
  expect(jumpsOf(ticks, [...numbers(0, 50), ...numbers(65, 100), ...numbers(104, 120)])).toBe(0);
});

test.each([960, 960 * 0.9, 960 * 1.1])('a jump of 17 ms is marked where packets are %d ticks apart', (ticks) => {
  expect(jumpsOf(ticks, numbers(0, 100), { from: 50, ticks: 17 * 48 })).toBe(1);
});
