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

/** What of the stretches no cut covers. */
export const subtract = (stretches: readonly Stretch[], cuts: readonly Stretch[]): Stretch[] => {
  const covered = union(cuts);
  const left: Stretch[] = [];
  let next = 0;
  for (const { startMs, endMs } of union(stretches)) {
    let from = startMs;
    while ((covered[next]?.endMs ?? Infinity) <= from) next += 1;
    for (let at = next; (covered[at]?.startMs ?? Infinity) < endMs; at += 1) {
      const cut = covered[at] ?? { startMs: from, endMs: from };
      if (cut.startMs > from) left.push({ startMs: from, endMs: cut.startMs });
      from = Math.max(from, cut.endMs);
    }
    if (from < endMs) left.push({ startMs: from, endMs });
  }
  return left;
};

/** Which part of a stretch others cover, 0…1. */
export const sharedPart = (stretch: Stretch, others: readonly Stretch[]): number =>
  lengthMs(stretch) <= 0 ? 0 : coveredMs(within(others, stretch)) / lengthMs(stretch);

/** From the first's beginning to the last's end; nothing of none. */
export const bounded = (stretches: readonly Stretch[]): Stretch[] => {
  if (stretches.length === 0) return [];
  const startMs = stretches.reduce((low, stretch) => Math.min(low, stretch.startMs), Infinity);
  return [{ startMs, endMs: stretches.reduce((high, { endMs }) => Math.max(high, endMs), -Infinity) }];
};
