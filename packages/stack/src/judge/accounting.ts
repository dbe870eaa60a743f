/** A piece of wall clock, ms since the Unix epoch. */
export interface Bounds {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A gap as `timeline.json` has it: of the time between, `LostMs` are missing. */
interface Gap {
  readonly StartMs: number;
  readonly EndMs: number;
  readonly LostMs: number;
}

/** How much of a gap lies within the bounds, ms. */
const overlapMs = ({ StartMs, EndMs }: Gap, { fromMs, toMs }: Bounds): number =>
  Math.max(0, Math.min(EndMs, toMs) - Math.max(StartMs, fromMs));

/** What a timeline says is missing within the bounds, ms. */
export const claimedMs = (gaps: readonly Gap[], bounds: Bounds): number =>
  gaps.reduce((sum, gap) => sum + Math.min(gap.LostMs, overlapMs(gap, bounds)), 0);

/**
 * What was published and is neither in a file nor in a gap, ms; negative: what is in both. `presentMs`: how much of it the
 * files hold, by their own content.
 */
export const unaccountedMs = (published: Bounds, presentMs: number, gaps: readonly Gap[]): number =>
  published.toMs - published.fromMs - presentMs - claimedMs(gaps, published);

/** Whether a gap says that something is missing at a moment or just around it. */
export const isInGap = (gaps: readonly Gap[], { fromMs, toMs }: Bounds): boolean =>
  gaps.some((gap) => gap.StartMs < toMs && gap.EndMs > fromMs);
