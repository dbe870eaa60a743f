import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../src/clock/observation.ts';
import { clockResiduals, clockSkew } from '../../src/clock/residuals.ts';
import { fitRtpClock, type RtpClock } from '../../src/clock/rtp-clock.ts';
import { T0 } from '../helpers/journal.ts';
import { seeded } from '../helpers/spool-fixture.ts';

const MINUTE = 60_000;
const WHOLE = { startMs: T0, endMs: T0 + 60 * MINUTE };

/** A frame a second for half an hour, each the least delayed of its second. */
const arrivals = (clockRate: number, seed: number, extraAt: (ms: number) => number = () => 0): Observation[] => {
  const random = seeded(seed);
  return Array.from({ length: 1800 }, (_, second) => ({
    rtp: second * clockRate,
    receivedAt: T0 + second * 1000 + random() * 3 + extraAt(second * 1000),
  }));
};

const fit = (clockRate: number, observations: readonly Observation[]) => {
  const clock = fitRtpClock({ clockRate, observations });
  return clockResiduals(clock, observations);
};

/** The same clock, but for being off by so much. */
const shifted = (clock: RtpClock, ms: number): RtpClock => ({
  ...clock,
  epochs: clock.epochs.map((epoch) => ({
    ...epoch,
    knots: epoch.knots.map((knot) => ({ ...knot, ms: knot.ms + ms })),
  })),
});

describe('the skew that arrivals tell', () => {
  const sound = fit(48_000, arrivals(48_000, 1));

  test('is none of two clocks that are right', () => {
    expect(Math.abs(clockSkew(sound, fit(90_000, arrivals(90_000, 2)), WHOLE))).toBeLessThan(2);
  });

  test('is not a delay that passes, nor one that both share', () => {
    const congested = (ms: number) => (ms > 10 * MINUTE && ms < 10.5 * MINUTE ? 600 : 0);
    expect(Math.abs(clockSkew(sound, fit(90_000, arrivals(90_000, 2, congested)), WHOLE))).toBeLessThan(4);
    const rerouted = (ms: number) => (ms > 10 * MINUTE ? 90 : 0);
    const both = [fit(48_000, arrivals(48_000, 1, rerouted)), fit(90_000, arrivals(90_000, 2, rerouted))] as const;
    expect(Math.abs(clockSkew(...both, { startMs: T0 + 13 * MINUTE, endMs: WHOLE.endMs }))).toBeLessThan(4);
  });

  test.each([
    [100, 100],
    [-40, -40],
  ])('is %i ms when the picture lies that much behind its clock', (off, expected) => {
    const observations = arrivals(90_000, 2);
    const clock = shifted(fitRtpClock({ clockRate: 90_000, observations }), off);
    expect(Math.abs(clockSkew(sound, clockResiduals(clock, observations), WHOLE) - expected)).toBeLessThan(3);
  });

  test('is looked for within the file only', () => {
    const observations = arrivals(90_000, 2);
    const clock = shifted(fitRtpClock({ clockRate: 90_000, observations }), 100);
    const after = { startMs: T0 + 31 * MINUTE, endMs: WHOLE.endMs };
    expect(clockSkew(sound, clockResiduals(clock, observations), after)).toBe(0);
  });
});
