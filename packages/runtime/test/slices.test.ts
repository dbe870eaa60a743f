import { expect, test } from '@jest/globals';
import { finish, inSlices, type Sliced } from '../src/slices.ts';

function* counting(steps: number, busyMs: number): Sliced<number> {
  for (let step = 0; step < steps; step += 1) {
    for (const until = performance.now() + busyMs; performance.now() < until;);
    yield;
  }
  return steps;
}

test('work in slices gives the same result at once and bit by bit', async () => {
  expect(finish(counting(10, 0))).toBe(10);
  expect(await inSlices(counting(10, 0))).toBe(10);
});

test('others have a turn while it is done', async () => {
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    immediate = setImmediate(turn);
  };
  let immediate = setImmediate(turn);
  await inSlices(counting(100, 2));
  clearImmediate(immediate);
  expect(turns).toBeGreaterThanOrEqual(5);
});
