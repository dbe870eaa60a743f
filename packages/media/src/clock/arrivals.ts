import type { Point } from './observation.ts';

/** A moment from which on a track's frames came later by `ms`, suddenly and not only for a moment. */
export interface ClockStep {
  readonly rtp: number;
  /** ms since the Unix epoch. */
  readonly receivedAt: number;
  readonly ms: number;
}

/** The most that clocks drift apart while a return is looked for. */
const MAX_DRIFT = 500e-6;
/** How far before and after a moment the levels of delay are looked for, ms. A young track has a point a second, later one in 5 s. */
const BEFORE_MS = 5_000;
const AFTER_MS = 10_000;
/** Points that are older say nothing of a moment. */
const STALE_MS = 20_000;
/** The same for what a level may return to: congestion before the moment is to be over within this time. */
const LONG_BEFORE_MS = 120_000;

const arrivalOf = ({ mediaMs, offsetMs }: Point): number => mediaMs + offsetMs;

/** The first index from which on `holds`, which holds for all after the first it holds for. */
const firstIndex = (length: number, holds: (index: number) => boolean): number => {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** When a track's frames came, prepared for questions about moments. A day of a track is some 17,000 points. */
export class Arrivals {
  /** In the order of steps. */
  readonly steps: readonly ClockStep[];
  /** In RTP order. */
  readonly #points: readonly Point[];
  #inTime: readonly Point[] | undefined;
  #leastFrom: Float64Array | undefined;

  constructor(points: readonly Point[], steps: readonly ClockStep[]) {
    this.#points = points;
    this.steps = steps.toSorted((a, b) => a.receivedAt - b.receivedAt);
  }

  /** The steps within `ms` of a moment. */
  stepsNear(atMs: number, ms: number): ClockStep[] {
    const { steps } = this;
    const from = firstIndex(steps.length, (index) => (steps[index]?.receivedAt ?? 0) > atMs - ms);
    const to = firstIndex(steps.length, (index) => (steps[index]?.receivedAt ?? 0) >= atMs + ms);
    return steps.slice(from, to);
  }

  /** By how much later frames come after a moment than before; 0 where there are none around it. */
  riseAt(atMs: number): number {
    const points = (this.#inTime ??= this.#points.toSorted((a, b) => arrivalOf(a) - arrivalOf(b)));
    const from = firstIndex(points.length, (index) => this.#arrivedAt(points, index) >= atMs);
    const rise = this.#leastAfter(points, from, atMs) - this.#leastBefore(points, from, BEFORE_MS, atMs);
    return Number.isFinite(rise) ? rise : 0;
  }

  /** Whether the delay of before a step is ever seen again after it. */
  returnsAfter({ rtp, receivedAt, ms }: ClockStep): boolean {
    const points = this.#points;
    const from = firstIndex(points.length, (index) => (points[index]?.rtp ?? 0) >= rtp);
    const before = this.#leastBefore(points, from, LONG_BEFORE_MS);
    const leastFrom = (this.#leastFrom ??= this.#runningLeast());
    return Number.isFinite(before) && (leastFrom[from] ?? Infinity) - receivedAt * MAX_DRIFT < before + ms / 2;
  }

  /**
   * The least offset among the points before `index` that came within `ms` before the last of them, however long ago
   * that was, but for `atMs`: a mute may lie between. Infinity, when there are none.
   */
  #leastBefore(points: readonly Point[], index: number, ms: number, atMs?: number): number {
    const lastMs = this.#arrivedAt(points, index - 1);
    if (index === 0 || (atMs !== undefined && atMs - lastMs > STALE_MS)) return Infinity;
    let least = Infinity;
    for (let at = index - 1; at >= 0 && this.#arrivedAt(points, at) >= lastMs - ms; at -= 1)
      least = Math.min(least, points[at]?.offsetMs ?? Infinity);
    return least;
  }

  #leastAfter(points: readonly Point[], index: number, atMs: number): number {
    let least = Infinity;
    for (let at = index; at < points.length && this.#arrivedAt(points, at) < atMs + AFTER_MS; at += 1)
      least = Math.min(least, points[at]?.offsetMs ?? Infinity);
    return least;
  }

  /** For each point the least of `offset + drift allowed since the epoch` from it on. */
  #runningLeast(): Float64Array {
    const least = new Float64Array(this.#points.length);
    let low = Infinity;
    for (const [index, point] of [...this.#points.entries()].reverse())
      least[index] = low = Math.min(low, point.offsetMs + arrivalOf(point) * MAX_DRIFT);
    return least;
  }

  #arrivedAt(points: readonly Point[], index: number): number {
    const point = points[index];
    return point === undefined ? NaN : arrivalOf(point);
  }
}
