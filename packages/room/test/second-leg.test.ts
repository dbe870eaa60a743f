import { beforeEach, expect, test } from '@jest/globals';
import { FALLBACK_TAPS, SecondLeg } from '../page/second-leg.ts';

const TAP = 3;
let leg: SecondLeg;
const tapped = (receivedAt: number) => leg.tapped({ tap: TAP, receivedAt });
const needs = (receivedAt: number, ssrc = 1) => leg.needs({ tap: FALLBACK_TAPS + TAP, ssrc, receivedAt });

beforeEach(() => {
  leg = new SecondLeg();
});

test('as long as nothing is tapped the second leg is needed', () => {
  expect([1_000, 1_067, 9_000].map((at) => needs(at))).toEqual([true, true, true]);
});

test('from the first tapped frame on it is not, however late what it encodes comes', () => {
  tapped(500);
  expect(needs(4_000)).toBe(true);
  tapped(5_000);
  expect([4_900, 5_000, 5_100].map((at) => needs(at))).toEqual([true, false, false]);
  tapped(5_067);
  expect([4_950, 5_050].map((at) => needs(at))).toEqual([true, false]);
});

test('one that was begun when frames were tapped again already is never needed', () => {
  tapped(5_000);
  expect([4_980, 5_050].map((at) => needs(at))).toEqual([false, false]);
});

test('it is needed again when the first leg falls silent once more', () => {
  needs(1_000);
  tapped(2_000);
  expect(needs(2_500)).toBe(false);
  expect([8_000, 9_000].map((at) => needs(at, 2))).toEqual([true, true]);
});

test('receivers are told apart', () => {
  expect(needs(1_000)).toBe(true);
  leg.tapped({ tap: TAP + 1, receivedAt: 1_500 });
  expect(needs(2_000)).toBe(true);
});
