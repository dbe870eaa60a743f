import type { Point } from './observation.ts';
import { at, median, spread } from './statistics.ts';

/** Crystal clocks differ by some tens of ppm; beyond this the fit follows noise, not a clock. */
const MAX_DRIFT = 500e-6;
/** What is expected of an unknown pair of clocks (standard deviation), until a run is long enough to tell. */
const USUAL_DRIFT = 100e-6;
/** Least length of a window whose least-delayed frame speaks for it. */
const MIN_WINDOW_MS = 10_000;
const MAX_WINDOWS = 240;
/** Variance of such a median slope, in units of noise² / (windows · span²); that of a regression is 12. */
const PAIRING_NOISE = 100;

/** The least delayed frame of each of equal windows: what is left of delay when its jitter is gone. */
export const leastDelayed = (points: readonly Point[]): Point[] => {
  const firstMs = at(points, 0).mediaMs;
  const spanMs = at(points, -1).mediaMs - firstMs;
  const windowMs = Math.max(MIN_WINDOW_MS, spanMs / MAX_WINDOWS);
  const best = new Map<number, Point>();
  for (const point of points) {
    const window = Math.floor((point.mediaMs - firstMs) / windowMs);
    const known = best.get(window);
    if (known === undefined || point.offsetMs < known.offsetMs) best.set(window, point);
  }
  return [...best.values()];
};

/**
 * Theil-Sen: the median slope of pairs some fifth of the span apart. A lasting change of the delay lies between few such
 * pairs, and so can't turn it.
 */
const medianSlope = (points: readonly Point[]): number => {
  const spanMs = at(points, -1).mediaMs - at(points, 0).mediaMs;
  const stepMs = spanMs / (points.length - 1);
  const nearMs = Math.max(spanMs / 6, stepMs / 2);
  const farMs = Math.max(spanMs / 4, stepMs * 1.5);
  const slopes = points.flatMap((a, index) =>
    points
      .slice(index + 1)
      .filter((b) => b.mediaMs - a.mediaMs >= nearMs && b.mediaMs - a.mediaMs <= farMs)
      .map((b) => (b.offsetMs - a.offsetMs) / (b.mediaMs - a.mediaMs)),
  );
  return median(slopes);
};

/**
 * How fast the sender's clock and ours drift apart (dimensionless; 1e-6 is a ppm). A short run tells little: its slope
 * is drawn towards `expected` by as much as its own noise could have made it.
 */
export const estimateDrift = (points: readonly Point[], expected = 0): number => {
  const windows = leastDelayed(points);
  const spanMs = at(windows, -1).mediaMs - at(windows, 0).mediaMs;
  if (windows.length < 3 || spanMs < MIN_WINDOW_MS) return expected;
  const slope = medianSlope(windows);
  const noiseMs = spread(windows.map((point) => point.offsetMs - slope * point.mediaMs));
  const uncertainty = (Math.max(noiseMs, 0.5) * Math.sqrt(PAIRING_NOISE / windows.length)) / spanMs;
  const trust = USUAL_DRIFT ** 2 / (USUAL_DRIFT ** 2 + uncertainty ** 2);
  const drift = expected + (slope - expected) * trust;
  return Math.max(-MAX_DRIFT, Math.min(MAX_DRIFT, drift));
};
