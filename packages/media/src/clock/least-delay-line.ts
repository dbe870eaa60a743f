/** A straight line in (media time, offset), both ms: offset = `offset` + `slope` · media time. */
export interface Line {
  readonly offset: number;
  /** By how much the sender's clock is slow: 0.01 is 1 %. */
  readonly slope: number;
}

export const offsetAt = ({ offset, slope }: Line, mediaMs: number): number => offset + slope * mediaMs;

/** Points of a track: media time and offset (arrival minus media time) of each frame, ms. */
export interface Points {
  readonly media: Float64Array;
  readonly offset: Float64Array;
}

/** Appends the lower convex hull of the points `from` to `to` (exclusive) to `hull`, which holds indices. */
export const appendToHull = ({ media, offset }: Points, hull: number[], indices: Iterable<number>): void => {
  for (const index of indices) {
    while (hull.length >= 2) {
      const a = hull[hull.length - 2] ?? 0;
      const b = hull[hull.length - 1] ?? 0;
      const dx = (media[index] ?? 0) - (media[a] ?? 0);
      const left = ((offset[b] ?? 0) - (offset[a] ?? 0)) * dx;
      const right = ((offset[index] ?? 0) - (offset[a] ?? 0)) * ((media[b] ?? 0) - (media[a] ?? 0));
      if (left < right) break;
      hull.pop();
    }
    hull.push(index);
  }
};

/**
 * Of all straight lines that lie below every point, the one with the least mean distance: the edge of the lower convex
 * hull above the mean of the media times (Moon, Skelly and Towsley, "Estimation and removal of clock skew from network
 * delay measurements", 1999). Delay only adds, so it is where undelayed frames would lie, whatever the clock's rate.
 */
export const leastDelayLine = ({ media, offset }: Points, hull: readonly number[], meanMedia: number): Line => {
  let edge = 0;
  while (edge < hull.length - 2 && (media[hull[edge + 1] ?? 0] ?? 0) < meanMedia) edge += 1;
  const a = hull[edge] ?? 0;
  const b = hull[edge + 1] ?? a;
  const dx = (media[b] ?? 0) - (media[a] ?? 0);
  const slope = dx > 0 ? ((offset[b] ?? 0) - (offset[a] ?? 0)) / dx : 0;
  return { slope, offset: (offset[a] ?? 0) - slope * (media[a] ?? 0) };
};

/** The highest line of the given slope that lies below every point of the hull. */
export const lineOfSlope = ({ media, offset }: Points, hull: readonly number[], slope: number): Line => {
  let least = Infinity;
  for (const index of hull) least = Math.min(least, (offset[index] ?? 0) - slope * (media[index] ?? 0));
  return { slope, offset: least };
};
