import { estimateDrift } from './drift.ts';
import { fitEnvelope, type Knot } from './envelope.ts';
import { splitEpochs } from './epochs.ts';
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
  /** RTP timestamps at which media set in anew after a pause: if the timestamps jumped, then there. */
  readonly restarts?: readonly number[];
  /** The drift another run of the same sender showed, for runs too short to show it themselves. */
  readonly expectedDrift?: number;
}

/** Where an epoch begins: at a restart of the media between the two, or else in their midst. */
const boundary = (
  before: readonly Point[] | undefined,
  points: readonly Point[],
  restarts: readonly number[],
): number => {
  const from = before === undefined ? -Infinity : at(before, -1).rtp;
  const to = at(points, 0).rtp;
  const restart = restarts.find((rtp) => rtp > from && rtp <= to);
  return restart ?? (before === undefined ? to : (from + to) / 2);
};

/**
 * Finds a track's clock from the arrival of its frames. Delay only ever adds, so the least delayed frames of each window
 * show the clock (minimum-delay filter); their slope is its drift. The whole run is used, past and future.
 */
export const fitRtpClock = (input: ClockInput): RtpClock => {
  const { clockRate, observations, restarts = [], expectedDrift = 0 } = input;
  const runs = splitEpochs(toPoints(observations, clockRate));
  const longest = runs.reduce((a, b) => (b.length > a.length ? b : a));
  const drift = estimateDrift(longest, expectedDrift);
  const epochs = runs.map((points, index) => {
    const own = points === longest ? drift : estimateDrift(points, drift);
    const msPerTick = (1000 / clockRate) * (1 + own);
    return { fromRtp: boundary(runs[index - 1], points, restarts), knots: fitEnvelope(points, own), msPerTick };
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
