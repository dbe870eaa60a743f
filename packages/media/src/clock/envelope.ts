import { leastDelayed } from './drift.ts';
import type { Point } from './observation.ts';
import { at, median } from './statistics.ts';

/** A place on the clock: RTP ticks and ms since the epoch. Between knots time runs straight. */
export interface Knot {
  readonly rtp: number;
  readonly ms: number;
}

/** Least-delayed frames stray by less than this around a straight line; more is a clock that wanders. */
const STRAIGHT_MS = 8;

/** How fast a clock may wander from its straight line, ms per ms. What rises faster is delay. */
const MAX_WANDER = 100e-6;

/** The middle one of each three neighbours, so that a lone stray is not followed; the outermost stay as they are. */
const smooth = (values: readonly number[]): number[] =>
  values.map((value, index) => {
    const three = values.slice(Math.max(0, index - 1), index + 2);
    return three.length < 3 ? value : median(three);
  });

/**
 * The highest line below the residuals that nowhere rises or falls faster than a clock wanders. Delay only adds, so it
 * lies above: how long it lasts makes no difference. Being continuous in what it is given, it is nearly the same for
 * two tracks that met with the same delays, which keeps sound and picture in step.
 */
const below = (residuals: readonly number[], times: readonly number[]): number[] => {
  const line = [...residuals];
  const draw = (from: number, to: number): void => {
    const wander = Math.abs(at(times, to) - at(times, from)) * MAX_WANDER;
    line[to] = Math.min(at(line, to), at(line, from) + wander);
  };
  for (let index = 1; index < line.length; index += 1) draw(index - 1, index);
  for (let index = line.length - 2; index >= 0; index -= 1) draw(index + 1, index);
  return line;
};

/**
 * The line of least delay through an epoch whose drift is known. Where the clock wandered, the line bends to follow;
 * otherwise it is straight, with a knot at either end.
 */
export const fitEnvelope = (points: readonly Point[], drift: number): Knot[] => {
  const windows = leastDelayed(points);
  const straightened = windows.map((point) => point.offsetMs - drift * point.mediaMs);
  const times = windows.map((point) => point.mediaMs);
  const residuals = below(smooth(straightened), times);
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
  return windows.map((point, index) => knot(point, at(residuals, index)));
};
