/** A piece of real time: ms since the epoch. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

export const lengthMs = ({ startMs, endMs }: Stretch): number => endMs - startMs;

/** Stretches in order, overlapping and touching ones made one. */
export const union = (stretches: readonly Stretch[]): Stretch[] => {
  const merged: Stretch[] = [];
  for (const stretch of stretches.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last !== undefined && stretch.startMs <= last.endMs)
      merged[merged.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, stretch.endMs) };
    else merged.push({ startMs: stretch.startMs, endMs: stretch.endMs });
  }
  return merged;
};

/** What of the stretches lies within the bounds. */
export const within = (stretches: readonly Stretch[], bounds: Stretch): Stretch[] =>
  stretches
    .map(({ startMs, endMs }) => ({
      startMs: Math.max(startMs, bounds.startMs),
      endMs: Math.min(endMs, bounds.endMs),
    }))
    .filter((stretch) => lengthMs(stretch) > 0);

/** The time the stretches cover together. */
export const coveredMs = (stretches: readonly Stretch[]): number =>
  union(stretches).reduce((sum, stretch) => sum + lengthMs(stretch), 0);

/** The stretches between those that are covered. */
export const holes = (stretches: readonly Stretch[]): Stretch[] => {
  const covered = union(stretches);
  return covered.slice(1).map((stretch, index) => ({
    startMs: covered[index]?.endMs ?? stretch.startMs,
    endMs: stretch.startMs,
  }));
};
