import type { ClockStep } from './arrivals.ts';
import { estimateDrift } from './drift.ts';
import { fitEnvelope, type Knot } from './envelope.ts';
import { toPoints, type Observation, type Point } from './observation.ts';
import { at } from './statistics.ts';

/** A stretch of a run during which the sender's timestamps advanced with real time. */
interface Epoch {
  /** First RTP timestamp it holds for. The first epoch holds for all before it too. */
  readonly fromRtp: number;
  /** In RTP order, at least one. */
  readonly knots: readonly Knot[];
  /** ms per RTP tick before the first and after the last knot. */
  readonly msPerTick: number;
}

/** One track's clock: what wall-clock time an RTP timestamp stands for. Plain data. */
export interface RtpClock {
  readonly clockRate: number;
  readonly epochs: readonly Epoch[];
  /** How fast the sender's clock and ours drift apart: 100e-6 is 0.36 s an hour. */
  readonly drift: number;
}

export interface ClockInput {
  /** RTP ticks per second: 90000 for video, 48000 for Opus. */
  readonly clockRate: number;
  /** At least one; rtp unwrapped, any order. */
  readonly observations: readonly Observation[];
  /** Where the sender's timestamps stood still while time went on. */
  readonly slips?: readonly Pick<ClockStep, 'rtp'>[];
  /** The drift another run of the same sender showed, for runs too short to show it themselves. */
  readonly expectedDrift?: number;
}

/** The points between slips, each with the RTP timestamp it begins at. In RTP order, none empty. */
const epochsOf = (
  points: readonly Point[],
  slips: readonly Pick<ClockStep, 'rtp'>[],
): { readonly fromRtp: number; readonly points: readonly Point[] }[] => {
  const starts = [at(points, 0).rtp, ...slips.map(({ rtp }) => rtp).sort((a, b) => a - b)];
  let from = 0;
  return starts
    .map((fromRtp, index) => {
      const toRtp = starts[index + 1] ?? Infinity;
      let to = from;
      while (to < points.length && at(points, to).rtp < toRtp) to += 1;
      const epoch = { fromRtp, points: points.slice(from, to) };
      from = to;
      return epoch;
    })
    .filter((epoch) => epoch.points.length > 0);
};

/**
 * Finds a track's clock from the arrival of its frames. Delay only ever adds, so the least delayed frames of each window
 * show the clock (minimum-delay filter); their slope is its drift. The whole run is used, past and future.
 */
export const fitRtpClock = (input: ClockInput): RtpClock => {
  const { clockRate, observations, slips = [], expectedDrift = 0 } = input;
  const runs = epochsOf(toPoints(observations, clockRate), slips);
  const longest = runs.reduce((a, b) => (b.points.length > a.points.length ? b : a));
  const drift = estimateDrift(longest.points, expectedDrift);
  const epochs = runs.map((run) => {
    const own = run === longest ? drift : estimateDrift(run.points, drift);
    const msPerTick = (1000 / clockRate) * (1 + own);
    return { fromRtp: run.fromRtp, knots: fitEnvelope(run.points, own), msPerTick };
  });
  return { clockRate, epochs, drift };
};

/** Index of the last item whose key is not beyond `value`, or 0. */
const lastNotBeyond = <T>(items: readonly T[], value: number, key: (item: T) => number): number => {
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (key(at(items, middle)) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** The wall-clock time (ms since the epoch) an RTP timestamp stands for: when its frame would have arrived undelayed. */
export const wallMs = (clock: RtpClock, rtp: number): number => {
  const epoch = at(
    clock.epochs,
    lastNotBeyond(clock.epochs, rtp, (item) => item.fromRtp),
  );
  const index = lastNotBeyond(epoch.knots, rtp, (knot) => knot.rtp);
  const knot = at(epoch.knots, index);
  const next = epoch.knots[index + 1];
  const inside = next !== undefined && rtp >= knot.rtp;
  const msPerTick = inside ? (next.ms - knot.ms) / (next.rtp - knot.rtp) : epoch.msPerTick;
  return knot.ms + (rtp - knot.rtp) * msPerTick;
};

/** The part of a clock that holds between two RTP timestamps, small enough to travel with a piece of media. */
export const clockBetween = (clock: RtpClock, fromRtp: number, toRtp: number): RtpClock => {
  const first = lastNotBeyond(clock.epochs, fromRtp, (item) => item.fromRtp);
  const last = lastNotBeyond(clock.epochs, toRtp, (item) => item.fromRtp);
  const epochs = clock.epochs.slice(first, last + 1).map((epoch) => {
    const from = lastNotBeyond(epoch.knots, fromRtp, (knot) => knot.rtp);
    const to = lastNotBeyond(epoch.knots, toRtp, (knot) => knot.rtp);
    return { ...epoch, knots: epoch.knots.slice(from, to + 2) };
  });
  return { ...clock, epochs };
};
