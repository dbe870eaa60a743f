import { expect, test } from '@jest/globals';
import { brokenPictures } from '../../src/produce/broken-pictures.ts';

/** A key frame every five pictures, ten pictures a second. */
const places = Array.from({ length: 20 }, (_, number) => ({ atMs: number * 100, key: number % 5 === 0 }));

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
    places,
    complaints.map(([afterMs = 0, beforeMs = 0]) => ({ afterMs, beforeMs })),
  );
  expect([...found.broken]).toEqual(broken);
  expect(found.lost.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(lost);
});
