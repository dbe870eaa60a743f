import { describe, expect, test } from '@jest/globals';
import { finish } from '@trtc-recorder/runtime';
import fc from 'fast-check';
import { ArrivalCollector, type Arrival } from '../../src/clock/arrival-series.ts';
import { clockBetween, fitClocks, rateError, wallMs, type RtpClock } from '../../src/clock/rtp-clock.ts';
import { seeded } from '../helpers/spool-fixture.ts';

const T0 = 1_760_000_000_000;

const clockOf = (arrivals: readonly Arrival[], kind: 'audio' | 'video' = 'audio'): RtpClock => {
  const collector = new ArrivalCollector();
  for (const arrival of arrivals) collector.add(arrival);
  return finish(fitClocks([{ kind, series: collector.series(kind === 'audio' ? 48_000 : 90_000) }]))[0]!;
};

const frames = (count: number, { ppm = 0, jitterMs = 20, firstRtp = 1_000_000, seed = 1 } = {}): Arrival[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, index) => ({
    rtp: firstRtp + Math.round(index * 960 * (1 + ppm / 1e6)),
    receivedAt: T0 + index * 20 + random() * jitterMs,
  }));
};

describe('the clock of a track', () => {
  test('needs no more than one frame', () => {
    const clock = clockOf([{ rtp: 960, receivedAt: T0 }]);
    expect(wallMs(clock, 960 + 48_000)).toBeCloseTo(T0 + 1000, 3);
    expect(wallMs(clock, 0)).toBeCloseTo(T0 - 20, 3);
  });

  test('says by how much the sender is fast', () => {
    expect(rateError(clockOf(frames(6_000, { ppm: 300 }))) * 1e6).toBeCloseTo(300, -1);
    expect(rateError(clockOf(frames(6_000, { ppm: -50_000 }))) * 1e6).toBeCloseTo(-50_000, -2);
  });

  test.each([2 ** 32 - 480_000, 2 ** 33])('goes on where 32 bits are full, from %i on', (firstRtp) => {
    const clock = clockOf(frames(3_000, { firstRtp, jitterMs: 5 }));
    for (const index of [0, 1_000, 2_999])
      expect(wallMs(clock, firstRtp + index * 960)).toBeCloseTo(T0 + index * 20, -1);
  });

  test('any clock, jitter, loss and order of arrival: the error stays below the jitter', () => {
    const chosen = fc.record({
      ppm: fc.integer({ min: -200, max: 200 }),
      jitterMs: fc.integer({ min: 0, max: 60 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
      firstRtp: fc.integer({ min: 0, max: 2 ** 33 }),
      count: fc.integer({ min: 500, max: 4_000 }),
    });
    fc.assert(
      fc.property(chosen, fc.double({ min: 0, max: 0.15, noNaN: true }), ({ count, ...sender }, loss) => {
        const random = seeded(sender.seed);
        const arrived = frames(count, sender).filter(() => random() >= loss);
        const clock = clockOf(arrived.reverse());
        for (const part of [0, 0.3, 0.7, 1]) {
          const index = Math.floor((count - 1) * part);
          const rtp = sender.firstRtp + Math.round(index * 960 * (1 + sender.ppm / 1e6));
          expect(Math.abs(wallMs(clock, rtp) - T0 - index * 20)).toBeLessThan(Math.max(3, sender.jitterMs / 4));
        }
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test('any arrivals: time never goes back within an epoch', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 2, maxLength: 300 }), (delays) => {
        const clock = clockOf(
          delays.map((delay, index) => ({ rtp: index * 4_800, receivedAt: T0 + index * 100 + delay })),
        );
        for (const { knots, fromRtp } of clock.epochs) {
          expect(fromRtp).toBeLessThanOrEqual(knots[0]!.rtp);
          for (const [index, knot] of knots.slice(1).entries()) expect(knot.ms).toBeGreaterThan(knots[index]!.ms);
        }
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  test('arrivals more than the look-ahead later change nothing', () => {
    const random = seeded(3);
    const all = frames(6_000, { jitterMs: 60 }).map((frame, index) => ({
      ...frame,
      receivedAt: frame.receivedAt + (index > 2_000 ? 250 : 0) + (index > 3_500 ? random() * 400 : 0),
    }));
    const whole = clockOf(all);
    for (const count of [3_000, 4_000, 5_000]) {
      const known = clockOf(all.slice(0, count));
      for (let index = 0; index < count - 1_100; index += 50)
        expect(Math.abs(wallMs(known, all[index]!.rtp) - wallMs(whole, all[index]!.rtp))).toBeLessThan(1.5);
    }
  });

  test('a part of a clock has the same times as the whole', () => {
    const clock = clockOf(
      frames(20_000, { jitterMs: 60 }).map((frame, index) => ({
        ...frame,
        receivedAt: frame.receivedAt + (index > 9_000 ? 1_500 : 0),
      })),
    );
    for (const from of [1_000_000, 5_000_000, 9_600_000]) {
      const part = clockBetween(clock, from, from + 480_000);
      for (let rtp = from; rtp <= from + 480_000; rtp += 48_000)
        expect(wallMs(part, rtp)).toBeCloseTo(wallMs(clock, rtp), 6);
    }
  });
});
