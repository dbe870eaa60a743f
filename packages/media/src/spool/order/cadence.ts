const STEPS = 9;
/** A step this many times the usual one has room for a missing frame. */
const WIDE = 1.6;

/** The usual time between the frames of a track, in ticks, as seen lately. */
export class Cadence {
  #steps: number[] = [];
  #last: number | undefined;

  /** The median of the last steps. */
  get usual(): number | undefined {
    return [...this.#steps].sort((a, b) => a - b)[this.#steps.length >> 1];
  }

  add(rtp: number): void {
    if (this.#last !== undefined && rtp > this.#last) this.#steps.push(rtp - this.#last);
    if (this.#steps.length > STEPS) this.#steps.shift();
    this.#last = rtp;
  }

  /** Whether a frame could be missing before one at `rtp`. */
  isWide(rtp: number): boolean {
    const usual = this.usual;
    return this.#last !== undefined && usual !== undefined && rtp - this.#last > usual * WIDE;
  }

  /** Whether frames came so regularly that a missing one shows. */
  get steady(): boolean {
    return this.#steps.length >= STEPS && Math.max(...this.#steps) < Math.min(...this.#steps) * WIDE;
  }
}
