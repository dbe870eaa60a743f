import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Observation } from '../../src/clock/observation.ts';
import { clockBetween, fitRtpClock, wallMs } from '../../src/clock/rtp-clock.ts';
import { seeded } from '../helpers/spool-fixture.ts';

const T0 = 1_760_000_000_000;
const HOUR = 3_600_000;

interface Simulation {
  readonly clockRate: number;
  /** Between frames. */
  readonly intervalMs: number;
  readonly lengthMs: number;
  readonly ppm?: number;
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly seed?: number;
  readonly firstRtp?: number;
  /** Extra delay of a frame sent at a time. */
  readonly delayAt?: (ms: number) => number;
  /** How far the sender's timestamps have jumped ahead of real time. */
  readonly jumpAt?: (ms: number) => number;
}

const rtpAt = (simulation: Simulation, ms: number): number => {
  const { clockRate, ppm = 0, firstRtp = 1_000_000, jumpAt } = simulation;
  return firstRtp + Math.round(((ms * (1 + ppm / 1e6) + (jumpAt?.(ms) ?? 0)) * clockRate) / 1000);
};

/** What the journal has of a run: per second the frame that was delayed least. */
const simulate = (simulation: Simulation): Observation[] => {
  const { clockRate, intervalMs, lengthMs, jitterMs = 0, loss = 0, seed = 1, delayAt } = simulation;
  const random = seeded(seed);
  const best = new Map<number, { observation: Observation; offset: number }>();
  for (let ms = 0; ms < lengthMs; ms += intervalMs) {
    const delay = random() * jitterMs + (delayAt?.(ms) ?? 0);
    if (random() < loss) continue;
    const observation = { rtp: rtpAt(simulation, ms), receivedAt: T0 + ms + delay };
    const offset = observation.receivedAt - (observation.rtp * 1000) / clockRate;
    const window = Math.floor(observation.receivedAt / 1000);
    const known = best.get(window);
    if (known === undefined || offset < known.offset) best.set(window, { observation, offset });
  }
  return [...best.values()].map(({ observation }) => observation);
};

/** The clock's error at a time. */
const errorAt = (simulation: Simulation, ms: number, observations = simulate(simulation)): number => {
  const clock = fitRtpClock({ clockRate: simulation.clockRate, observations });
  return wallMs(clock, rtpAt(simulation, ms)) - (T0 + ms);
};

const worst = (simulation: Simulation, fromMs = 0): number => {
  const clock = fitRtpClock({ clockRate: simulation.clockRate, observations: simulate(simulation) });
  const times = Array.from({ length: 200 }, (_, index) => fromMs + ((simulation.lengthMs - fromMs) * index) / 199);
  return Math.max(...times.map((ms) => Math.abs(wallMs(clock, rtpAt(simulation, ms)) - (T0 + ms))));
};

const audio = { clockRate: 48_000, intervalMs: 20 };
const video = { clockRate: 90_000, intervalMs: 1000 / 15 };

describe('the RTP clock', () => {
  test.each([
    ['audio, fast clock', { ...audio, ppm: 200 }],
    ['audio, slow clock', { ...audio, ppm: -200 }],
    ['video, fast clock', { ...video, ppm: 200 }],
    ['video, slow clock', { ...video, ppm: -200 }],
  ])('ends 2 h of 30 ms jitter and 5 %% loss within 20 ms: %s', (_, base) => {
    const simulation = { ...base, lengthMs: 2 * HOUR, jitterMs: 30, loss: 0.05 };
    expect(Math.abs(errorAt(simulation, 2 * HOUR))).toBeLessThanOrEqual(20);
    expect(worst(simulation)).toBeLessThanOrEqual(20);
  });

  test('ends 2 h within 20 ms with all of it at once: backlog, drift, jitter, loss, congestion', () => {
    const congested = (ms: number) => (ms % (20 * 60_000) > 19 * 60_000 ? 300 : 0);
    const delayAt = (ms: number) => Math.max(0, 2000 - ms) + congested(ms);
    const simulation = { ...audio, lengthMs: 2 * HOUR, ppm: -200, jitterMs: 30, loss: 0.05, delayAt };
    expect(worst(simulation)).toBeLessThanOrEqual(20);
  });

  test('keeps audio and video of one sender in step though their clocks differ', () => {
    const a = { ...audio, lengthMs: HOUR, ppm: 60, jitterMs: 30, loss: 0.05, seed: 3 };
    const v = { ...video, lengthMs: HOUR, ppm: -20, jitterMs: 30, loss: 0.05, seed: 4 };
    const observations = [simulate(a), simulate(v)];
    for (let ms = 0; ms <= HOUR; ms += HOUR / 20)
      expect(Math.abs(errorAt(a, ms, observations[0]) - errorAt(v, ms, observations[1]))).toBeLessThan(10);
  });

  test('does not take the backlog at subscription for the clock', () => {
    // Two seconds of media, sent at once when the recorder joined.
    const delayAt = (ms: number) => Math.max(0, 2000 - ms);
    expect(worst({ ...audio, lengthMs: 60_000, jitterMs: 10, delayAt })).toBeLessThan(12);
  });

  test('rides out congestion of half a minute', () => {
    const delayAt = (ms: number) => (ms > 100_000 && ms < 130_000 ? 600 : 0);
    expect(worst({ ...audio, lengthMs: 300_000, jitterMs: 10, delayAt })).toBeLessThan(12);
  });

  test('is not misled by the delays of a connection that dies', () => {
    const delayAt = (ms: number) => Math.max(0, ms - 55_000) / 5;
    expect(worst({ ...audio, lengthMs: 60_000, jitterMs: 10, delayAt })).toBeLessThan(12);
  });

  test('begins anew where the sender’s timestamps are said to have stood still', () => {
    const jumpAt = (ms: number) => (ms >= 60_000 ? -7_000 : 0);
    const simulation = { ...audio, lengthMs: 120_000, jitterMs: 10, jumpAt };
    const observations = simulate(simulation).filter(
      ({ receivedAt }) => receivedAt < T0 + 53_000 || receivedAt > T0 + 60_000,
    );
    const slips = [{ rtp: rtpAt(simulation, 60_000) }];
    const clock = fitRtpClock({ clockRate: 48_000, observations, slips });
    for (const ms of [0, 50_000, 60_000, 61_000, 119_000])
      expect(Math.abs(wallMs(clock, rtpAt(simulation, ms)) - (T0 + ms))).toBeLessThan(12);
  });

  test('takes a route that became 150 ms longer for delay, and goes after it at no more than a clock wanders', () => {
    const delayAt = (ms: number) => (ms > 600_000 ? 150 : 0);
    const simulation = { ...audio, lengthMs: 1_200_000, jitterMs: 10, delayAt };
    expect(Math.abs(errorAt(simulation, 500_000))).toBeLessThan(12);
    expect(Math.abs(errorAt(simulation, 700_000))).toBeLessThan(24);
    expect(Math.abs(errorAt(simulation, 1_100_000))).toBeLessThan(65);
  });

  test('takes the drift of an earlier run for one too short to show it', () => {
    const simulation = { ...audio, lengthMs: 8_000, ppm: 150 };
    const clock = fitRtpClock({ clockRate: 48_000, observations: simulate(simulation), expectedDrift: -150e-6 });
    expect(clock.drift).toBe(-150e-6);
  });

  test('does with a single frame', () => {
    const clock = fitRtpClock({ clockRate: 48_000, observations: [{ rtp: 960, receivedAt: T0 }] });
    expect(wallMs(clock, 960 + 48_000)).toBeCloseTo(T0 + 1000, 3);
    expect(wallMs(clock, 0)).toBeCloseTo(T0 - 20, 3);
  });

  test('any clock, jitter, loss and order of arrival: the error stays below the jitter', () => {
    fc.assert(
      fc.property(
        fc.record({
          ppm: fc.integer({ min: -200, max: 200 }),
          jitterMs: fc.integer({ min: 0, max: 60 }),
          loss: fc.double({ min: 0, max: 0.15, noNaN: true }),
          seed: fc.integer({ min: 1, max: 1e6 }),
          firstRtp: fc.integer({ min: 0, max: 2 ** 33 }),
          lengthMs: fc.integer({ min: 130_000, max: 400_000 }),
        }),
        (chosen) => {
          const simulation = { ...audio, ...chosen };
          const shuffled = simulate(simulation).reverse();
          const clock = fitRtpClock({ clockRate: 48_000, observations: shuffled });
          for (const part of [0, 0.3, 0.7, 1]) {
            const ms = chosen.lengthMs * part;
            const error = wallMs(clock, rtpAt(simulation, ms)) - (T0 + ms);
            expect(Math.abs(error)).toBeLessThan(Math.max(3, chosen.jitterMs / 4));
          }
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  test('any run: time never goes back within an epoch', () => {
    const offsets = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 2, maxLength: 200 });
    fc.assert(
      fc.property(offsets, (delays) => {
        const observations = delays.map((delay, index) => ({
          rtp: index * 48_000,
          receivedAt: T0 + index * 1000 + delay,
        }));
        const clock = fitRtpClock({ clockRate: 48_000, observations });
        let last = -Infinity;
        for (let rtp = 0; rtp <= delays.length * 48_000; rtp += 9_600) {
          const now = wallMs(clock, rtp);
          expect(now).toBeGreaterThan(last);
          last = now;
        }
      }),
      { numRuns: 100, seed: 11 },
    );
  });

  test('a part of a clock tells the same times as the whole', () => {
    const delayAt = (ms: number) => (ms > 200_000 ? 50 : 0);
    const observations = simulate({ ...audio, lengthMs: 400_000, jitterMs: 5, delayAt });
    const clock = fitRtpClock({ clockRate: 48_000, observations });
    for (const from of [1_000_000, 5_000_000, 12_000_000]) {
      const part = clockBetween(clock, from, from + 480_000);
      for (let rtp = from; rtp <= from + 480_000; rtp += 48_000)
        expect(wallMs(part, rtp)).toBeCloseTo(wallMs(clock, rtp), 6);
    }
  });
});
