import { describe, expect, test } from '@jest/globals';
import { audio, judge, quantile, video, type SimulatedSender } from './kit/sender.ts';

// Audio and video of one sender, whose frames meet delays and whose timestamps stall: they stay in step. Less than half a
// second around the moment at which a route becomes much shorter is left out (docs/decisions/0044).
const MINUTE = 60_000;

type At = (ms: number) => number;
const between =
  (from: number, to: number, extra: number): At =>
  (ms) =>
    ms >= from && ms < to ? extra : 0;
/** Builds up over 2 s and is drained over 3 s. */
const queue =
  (from: number, to: number, extra: number): At =>
  (ms) =>
    extra * Math.max(0, Math.min(1, (ms - from) / 2_000, (to + 3_000 - ms) / 3_000));

const worst = (sender: Omit<SimulatedSender, 'tracks'>, own: { audio?: object; video?: object } = {}) => {
  const tracks = [
    { ...audio, rate: 1.00004, ...own.audio },
    { ...video, rate: 0.99997, ...own.video },
  ];
  const { errors, skews } = judge({ tracks, ...sender });
  return { skew: quantile(skews, 0.99), place: Math.max(...errors.map((track) => quantile(track, 0.99))) };
};

describe('a delay that audio and video share keeps them in step', () => {
  test.each<[string, number, At]>([
    ['500 ms for the last half minute, suddenly', MINUTE, between(31_000, Infinity, 500)],
    ['500 ms for the last two thirds', 30_000, between(9_000, Infinity, 500)],
    ['500 ms for the last half minute, gradually', MINUTE, queue(30_000, Infinity, 500)],
    ['1500 ms for the last half minute, gradually', MINUTE, queue(30_000, Infinity, 1_500)],
    ['1500 ms for the last half minute, suddenly', MINUTE, between(30_000, Infinity, 1_500)],
    ['600 ms from the start, until 28 s', MINUTE, queue(-10_000, 28_000, 600)],
    ['1500 ms for a minute', 5 * MINUTE, queue(2 * MINUTE, 3 * MINUTE, 1_500)],
    ['1500 ms for a minute, suddenly', 5 * MINUTE, between(2 * MINUTE, 3 * MINUTE, 1_500)],
    ['700 ms for 130 s', 10 * MINUTE, queue(4 * MINUTE, 4 * MINUTE + 130_000, 700)],
    ['390 ms for 5 min', 15 * MINUTE, between(5 * MINUTE, 10 * MINUTE, 390)],
    ['there and back again, every 7 min', 15 * MINUTE, (ms) => 300 * Number(ms % (7 * MINUTE) > 4 * MINUTE)],
  ])('%s', (_, lengthMs, delayAt) => {
    expect(worst({ lengthMs, delayAt }).skew).toBeLessThan(60);
  });

  test.each<[string, number, At]>([
    ['500 ms for the last 20 s, suddenly', 40_000, between(20_000, Infinity, 500)],
    ['500 ms for the last 20 s, gradually', 40_000, queue(20_000, Infinity, 500)],
    ['600 ms from the start, until 14 s', MINUTE, queue(-10_000, 14_000, 600)],
    ['300 ms for 20 s', 2 * MINUTE, queue(MINUTE, MINUTE + 20_000, 300)],
  ])('and does not move them: %s', (_, lengthMs, delayAt) => {
    const { skew, place } = worst({ lengthMs, delayAt });
    expect(skew).toBeLessThan(60);
    expect(place).toBeLessThan(75);
  });

  test('a route that stays longer goes into their place by 1 ms a second', () => {
    const { errors, skews } = judge({
      tracks: [audio, video],
      lengthMs: 600_000,
      delayAt: between(60_000, Infinity, 300),
    });
    expect(quantile(skews, 1)).toBeLessThan(40);
    const [sound] = errors;
    expect(sound!.at(-1)).toBeGreaterThan(280);
    expect(sound![Math.round(100_000 / 20)]).toBeLessThan(70);
  });
});

test.each<[string, At]>([
  ['a burst of 2 s of backlog at the start', (ms) => Math.max(0, 2_000 - ms)],
  ['300 ms for 6 s', between(30_000, 36_000, 300)],
  ['half a second, again and again', (ms) => 500 * Number(ms % 5_000 > 4_600)],
])('a delay of one track alone that ends within the look-ahead does not move it: %s', (_, delayAt) => {
  for (const own of [{ audio: { delayAt } }, { video: { delayAt } }]) {
    const { skew, place } = worst({ lengthMs: 2 * MINUTE }, own);
    expect(skew).toBeLessThan(40);
    expect(place).toBeLessThan(40);
  }
});

describe('a track on its own', () => {
  const alone = (kind: typeof audio | typeof video, sender: Omit<SimulatedSender, 'tracks'>, own: object = {}) => {
    const [errors] = judge({ tracks: [{ ...kind, ...own }], ...sender }).errors;
    return quantile(errors!, 1);
  };

  test('keeps its place during congestion that builds up', () => {
    expect(alone(audio, { lengthMs: 2 * MINUTE, delayAt: queue(40_000, 60_000, 600) })).toBeLessThan(50);
    expect(alone(video, { lengthMs: 2 * MINUTE, delayAt: queue(40_000, 60_000, 600) })).toBeLessThan(50);
  });

  test.each([100, 300, 700, 3_000, 9_000, 20_000])('follows a stall of %i ms', (ms) => {
    const stall = { events: [{ at: 30_000, do: 'stall', ms }] };
    expect(alone(audio, { lengthMs: 90_000 }, stall)).toBeLessThan(40);
    expect(alone(video, { lengthMs: 90_000 }, stall)).toBeLessThan(50);
  });

  test.each([60, 300, 5_000])('follows jumps of %i ms', (ms) => {
    const events = [10_000, 25_000, 60_000].map((at) => ({ at, do: 'jump', ms }));
    expect(alone(audio, { lengthMs: 90_000 }, { events })).toBeLessThan(40);
    expect(alone(video, { lengthMs: 90_000 }, { events })).toBeLessThan(60);
  });
});
