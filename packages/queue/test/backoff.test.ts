import { expect, test } from '@jest/globals';
import { callbackDelay, catalogue } from '../src/index.ts';

const DAY_MS = 86_400_000;
const total = (random: () => number): number =>
  Array.from({ length: catalogue.callbacks.options.attempts - 1 }, (_, index) =>
    callbackDelay(index + 1, random),
  ).reduce((sum, ms) => sum + ms, 0);

test('waits 5 s, 10 s, … and never more than 15 min', () => {
  const delays = [1, 2, 3, 8, 9, 100].map((attempts) => callbackDelay(attempts, () => 0));
  expect(delays).toEqual([5_000, 10_000, 20_000, 640_000, 900_000, 900_000]);
});

test('shortens a wait by a quarter at most', () => {
  for (let index = 0; index < 200; index += 1) {
    expect(callbackDelay(9)).toBeGreaterThanOrEqual(675_000);
    expect(callbackDelay(9)).toBeLessThanOrEqual(900_000);
  }
});

test('the attempts last longer than the longest time a callback may be tried, even with the shortest waits', () => {
  expect(total(() => 1)).toBeGreaterThan(30 * DAY_MS);
});
