import { expect, test } from '@jest/globals';
import { receivedAt } from '../page/encoded-frame.ts';

const clock = { timeOrigin: 1_700_000_000_000, now: () => 50_000.5 };

test.each([
  ["the worker's own clock", 49_990.25, 49_990.25],
  ['a hair in the future, as rounding makes it', 50_000.75, 50_000.75],
  ['no receive time: the tap', undefined, 50_000.5],
  ['another time origin, ahead: the tap', 90_000, 50_000.5],
  ['another time origin, behind: the tap', 3_000, 50_000.5],
])('%s', (_what, receiveTime, expected) => {
  expect(receivedAt(receiveTime, clock)).toBe(clock.timeOrigin + expected);
});
