/** Intervals kept: two seconds of a camera. */
const KEPT = 31;
/** Fewer intervals show no habit. */
const ENOUGH = 8;
/** An interval longer than the usual one by less than this factor is jitter of the sender. */
const ALIKE = 1.6;
/** Share of the intervals that have to be alike in a stream of a regular rate. */
const REGULAR_SHARE = 0.7;

/** The usual interval between the frames of one track, in RTP ticks. Gaps don't change it: it is a median. */
export class FrameIntervals {
  #intervals: number[] = [];
  #last: number | undefined;

  /** The median interval; undefined before the second frame. */
  get usual(): number | undefined {
    return this.#intervals.toSorted((a, b) => a - b)[this.#intervals.length >> 1];
  }

  /** Whether frames come at a steady rate, so that a missing one shows. */
  get isRegular(): boolean {
    const usual = this.usual ?? 0;
    const alike = this.#intervals.filter((ticks) => ticks < usual * ALIKE && ticks > usual / ALIKE).length;
    return this.#intervals.length >= ENOUGH && alike >= this.#intervals.length * REGULAR_SHARE;
  }

  /** Whether the interval up to a frame at `rtp` is longer than usual. */
  isLongBefore(rtp: number): boolean {
    const { usual } = this;
    return usual !== undefined && this.#last !== undefined && rtp - this.#last > usual * ALIKE;
  }

  get last(): number | undefined {
    return this.#last;
  }

  add(rtp: number): void {
    if (this.#last !== undefined && rtp > this.#last) this.#intervals.push(rtp - this.#last);
    if (this.#intervals.length > KEPT) this.#intervals.shift();
    this.#last = rtp;
  }
}
