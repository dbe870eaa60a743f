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

/** The middle one of each three neighbours: a lone stray is not followed. */
const smooth = (values: readonly number[]): number[] =>
  values.map((_, index) => median(values.slice(Math.max(0, index - 1), index + 2)));

/**
 * The line of least delay through an epoch whose drift is known. Where delay or drift changed for good, the line bends
 * to follow; otherwise it is straight, with a knot at either end.
 */
export const fitEnvelope = (points: readonly Point[], drift: number): Knot[] => {
  const windows = leastDelayed(points);
  const residuals = smooth(windows.map((point) => point.offsetMs - drift * point.mediaMs));
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
