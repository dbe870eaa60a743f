import { expect, test } from '@jest/globals';
import { brokenPictures, type BrokenRun } from '../../src/produce/broken-pictures.ts';
import { PicturePlaces } from '../../src/produce/picture-places.ts';

/** Ten pictures a second. */
const placesOf = (length: number, gop: number): PicturePlaces => {
  const places = new PicturePlaces();
  for (let number = 0; number < length; number += 1) places.add(number * 100, number % gop === 0);
  return places;
};

const numbersOf = ({ from, to }: BrokenRun): number[] => Array.from({ length: to - from }, (_, index) => from + index);

test.each([
  ['nothing', [], [], []],
  ['a picture', [[600, 700]], [7, 8, 9], [[700, 1000]]],
  ['one that was not given', [[600, 800]], [7, 8, 9], [[700, 1000]]],
  ['a key frame', [[900, 1000]], [10, 11, 12, 13, 14], [[1000, 1500]]],
  ['the first', [[-Infinity, 0]], [0, 1, 2, 3, 4], [[0, 500]]],
  ['the last', [[1800, Infinity]], [19], [[1900, Infinity]]],
  ['after the last', [[1900, Infinity]], [], []],
  [
    'two that hang on each other',
    [
      [600, 700],
      [800, 900],
    ],
    [7, 8, 9],
    [[700, 1000]],
  ],
  [
    'two that do not',
    [
      [300, 400],
      [1200, 1300],
    ],
    [4, 13, 14],
    [
      [400, 500],
      [1300, 1500],
    ],
  ],
])('a decoder complains of %s', (_, complaints, broken, lost) => {
  const found = brokenPictures(
    placesOf(20, 5),
    complaints.map(([afterMs = 0, beforeMs = 0]) => ({ afterMs, beforeMs })),
  );
  expect(found.runs.flatMap(numbersOf)).toEqual(broken);
  expect(found.runs.some(({ mended }) => mended)).toBe(false);
  expect(found.lost.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(lost);
});

test.each([
  ['10 s after it', 4800, 4900, false, [[4900, 15_000]]],
  ['farther', 4700, 4800, true, [[4800, 4900]]],
  ['never', 15_200, 15_300, true, [[15_300, 15_400]]],
])('the next key frame comes %s', (_, afterMs, beforeMs, mended, lost) => {
  const found = brokenPictures(placesOf(300, 150), [{ afterMs, beforeMs }]);
  expect(found.runs).toEqual([{ from: beforeMs / 100, to: beforeMs < 15_000 ? 150 : 300, mended }]);
  expect(found.lost.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(lost);
});

test('of a run that is mended, what did not decode is lost', () => {
  const complaints = [
    { afterMs: 500, beforeMs: 600 },
    { afterMs: 600, beforeMs: 800 },
    { afterMs: 5000, beforeMs: 5100 },
    { afterMs: 14_900, beforeMs: Infinity },
  ];
  const found = brokenPictures(placesOf(200, 1000), complaints);
  expect(found.runs).toEqual([{ from: 6, to: 200, mended: true }]);
  expect(found.lost).toEqual([
    { startMs: 600, endMs: 900 },
    { startMs: 5100, endMs: 5200 },
    { startMs: 15_000, endMs: Infinity },
  ]);
});

test('many short runs that follow each other are a long one', () => {
  const keys = Array.from({ length: 15 }, (_, second) => ({
    afterMs: second * 1000 + 900,
    beforeMs: second * 1000 + 1000,
  }));
  const found = brokenPictures(placesOf(200, 10), keys);
  expect(found.runs).toEqual([{ from: 10, to: 160, mended: true }]);
});
