import type { Kind } from '@trtc-recorder/contracts';
import type { Point } from './observation.ts';

/** A moment from which on a track's frames came later by `ms`, suddenly and not only for a moment. */
export interface ClockStep {
  readonly rtp: number;
  /** ms since the Unix epoch. */
  readonly receivedAt: number;
  readonly ms: number;
}

/** How far around a step its two levels are looked for, in the track itself and in others, ms. */
const AROUND_MS = 10_000;
/** No route becomes longer by this much at once; more is a sender that stood still, with all its clocks. */
const STOOD_STILL_MS = 1_000;
/** Steps of two tracks this close are one event. */
const NEAR_MS = 1_500;
/** The most that clocks drift apart while a return is looked for. */
const MAX_DRIFT = 500e-6;

const arrivalOf = ({ mediaMs, offsetMs }: Point): number => mediaMs + offsetMs;

const least = (points: readonly Point[], fromMs: number, toMs: number): number =>
  points.reduce((low, point) => {
    const at = arrivalOf(point);
    return at >= fromMs && at < toMs ? Math.min(low, point.offsetMs) : low;
  }, Infinity);

/** By how much later the frames of a track come after a moment than before; 0 where it has none. */
const riseAt = (points: readonly Point[], atMs: number): number => {
  const rise = least(points, atMs, atMs + AROUND_MS) - least(points, atMs - AROUND_MS, atMs);
  return Number.isFinite(rise) ? rise : 0;
};

/** Whether the delay of before is ever seen again. */
const returns = (points: readonly Point[], { rtp, receivedAt, ms }: ClockStep): boolean => {
  const before = least(points, receivedAt - AROUND_MS, receivedAt);
  return points.some((point) => {
    const elapsedMs = Math.max(0, arrivalOf(point) - receivedAt);
    return point.rtp >= rtp && point.offsetMs < before + ms / 2 - elapsedMs * MAX_DRIFT;
  });
};

/** What is known of when a track's frames came. */
export interface Arrivals {
  readonly points: readonly Point[];
  readonly steps: readonly ClockStep[];
}

/**
 * Of the steps of a track those at which its clock stood still (a mute, a sound card that had no turn), so that its
 * timestamps are behind real time from there on. The others are delay: of the way that all tracks of a sender share, of
 * a picture that had to wait behind the sound, or of anything that passes.
 *
 * `others`: the tracks of the same sender in the same take.
 */
export const slipsOf = ({ points, steps }: Arrivals, kind: Kind, others: readonly Arrivals[]): ClockStep[] =>
  steps.filter((step) => {
    if (returns(points, step)) return false;
    const near = others.flatMap((other) => other.steps.filter((one) => isNear(one, step)).map(({ ms }) => ms));
    if (Math.max(step.ms, ...near) >= STOOD_STILL_MS) return true;
    const shared = others.some((other) => riseAt(other.points, step.receivedAt) >= step.ms / 2);
    // Pictures carry the time at which they were taken; sound is counted.
    return !shared && kind === 'audio';
  });

const isNear = (one: ClockStep, other: ClockStep): boolean => Math.abs(one.receivedAt - other.receivedAt) < NEAR_MS;
