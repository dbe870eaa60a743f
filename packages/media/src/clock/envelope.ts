import { leastDelayed } from './drift.ts';
import type { Point } from './observation.ts';
import { at, median } from './statistics.ts';

/** A place on the clock: RTP ticks and ms since the epoch. Between knots time runs straight. */
export interface Knot {
  readonly rtp: number;
  readonly ms: number;
}

/** Least-delayed frames stray by less than this around a straight line; more is a level that really changed. */
const STRAIGHT_MS = 8;

/** A rise shorter than this is congestion: delay, not the clock. */
const PASSING_MS = 120_000;

/** The middle one of each three neighbours: a lone stray is not followed. */
const smooth = (values: readonly number[]): number[] =>
  values.map((_, index) => median(values.slice(Math.max(0, index - 1), index + 2)));

const slide = (values: readonly number[], reach: number, pick: (...some: number[]) => number): number[] =>
  values.map((_, index) => pick(...values.slice(Math.max(0, index - reach), index + reach + 1)));

/** Takes away rises that last no longer than twice the reach, and leaves steps and falls as they are. */
const withoutRises = (values: readonly number[], reach: number): number[] =>
  slide(slide(values, reach, Math.min), reach, Math.max);

/**
 * The line of least delay through an epoch whose drift is known. Where delay or drift changed for good, the line bends
 * to follow; otherwise it is straight, with a knot at either end.
 */
export const fitEnvelope = (points: readonly Point[], drift: number): Knot[] => {
  const windows = leastDelayed(points);
  const windowMs = (at(points, -1).mediaMs - at(points, 0).mediaMs) / windows.length;
  const reach = Math.min(windows.length, Math.ceil(PASSING_MS / 2 / Math.max(1, windowMs)));
  const straightened = windows.map((point) => point.offsetMs - drift * point.mediaMs);
  const residuals = withoutRises(smooth(straightened), reach);
  const baseMs = median(residuals);
  const bends = residuals.some((residual) => Math.abs(residual - baseMs) > STRAIGHT_MS);
  const knot = (point: Point, residualMs: number): Knot => ({
    rtp: point.rtp,
    ms: point.mediaMs + drift * point.mediaMs + residualMs,
  });
  if (!bends) {
    const ends = points.length === 1 ? [at(points, 0)] : [at(points, 0), at(points, -1)];
    return ends.map((point) => knot(point, baseMs));
  }
  return windows.map((point, index) => {
    const residual = at(residuals, index);
    return knot(point, Math.abs(residual - baseMs) > STRAIGHT_MS ? residual : baseMs);
  });
};
