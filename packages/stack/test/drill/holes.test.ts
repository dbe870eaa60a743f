import { describe, expect, test } from '@jest/globals';
import { holesOf, mediaTimes } from '../../src/drill/truth/holes.ts';

const FRAME_MS = 100;
/** Media times of pictures from one time to another, the last left out. */
const frames = (fromMs: number, toMs: number): number[] =>
  Array.from({ length: (toMs - fromMs) / FRAME_MS }, (_, index) => fromMs + index * FRAME_MS);

describe('what is missing of 10 s that were promised', () => {
  test.each([
    { name: 'nothing', present: frames(-500, 10_500), strikes: [], holes: [] },
    { name: 'nothing, without what lies beyond', present: frames(0, 10_000), strikes: [], holes: [] },
    {
      name: 'the picture that was being sent at the end isn’t missed',
      present: frames(0, 9_900),
      strikes: [],
      holes: [],
    },
    {
      name: 'a hole that nothing explains is media lost',
      present: [...frames(0, 3_000), ...frames(4_000, 10_000)],
      strikes: [],
      holes: [{ lostMs: 1_000, gapMs: 0 }],
    },
    {
      name: 'what was sent before the strike is lost, what after it is gap',
      present: [...frames(0, 3_000), ...frames(6_000, 10_000)],
      strikes: [3_200],
      holes: [{ lostMs: 200, gapMs: 2_800 }],
    },
    {
      name: 'a worker that goes on for a while after it was told to stop loses nothing',
      present: [...frames(0, 3_000), ...frames(4_000, 10_000)],
      strikes: [2_500],
      holes: [{ lostMs: 0, gapMs: 1_000 }],
    },
    {
      name: 'a strike long ago explains nothing',
      present: [...frames(0, 8_000), ...frames(9_000, 10_000)],
      strikes: [1_000],
      holes: [{ lostMs: 1_000, gapMs: 0 }],
    },
    {
      name: 'a beginning and an end that are missing are lost',
      present: frames(500, 9_000),
      strikes: [],
      holes: [
        { lostMs: 500, gapMs: 0 },
        { lostMs: 1_000, gapMs: 0 },
      ],
    },
    { name: 'everything', present: [], strikes: [], holes: [{ lostMs: 10_000, gapMs: 0 }] },
  ])('$name', ({ present, strikes, holes }) => {
    const found = holesOf(present, strikes, { fromMs: 0, toMs: 10_000 }, FRAME_MS);
    expect(found.map(({ lostMs, gapMs }) => ({ lostMs, gapMs }))).toEqual(holes);
  });
});

describe('numbers that begin again every 6 s', () => {
  test.each([
    { name: 'the first loop', numbers: [10, 11], nearMs: 900, times: [1_000, 1_100] },
    { name: 'a later one, by about when it was', numbers: [10, 11], nearMs: 12_500, times: [13_000, 13_100] },
    { name: 'over the seam', numbers: [58, 59, 0, 1], nearMs: 5_800, times: [5_800, 5_900, 6_000, 6_100] },
    { name: 'over a seam in a gap', numbers: [50, 10], nearMs: 5_000, times: [5_000, 7_000] },
  ])('$name', ({ numbers, nearMs, times }) => {
    expect(mediaTimes(numbers, { frameMs: FRAME_MS, loopMs: 6_000, nearMs })).toEqual(times);
  });
});
