const STEPS = 9;
/** Steps that differ by less than this factor are alike; one that is longer by more has room for a missing frame. */
const ALIKE = 1.6;

/** The usual time between the frames of a track, in ticks, as seen lately. */
export class Rhythm {
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

  /** Ticks from the last frame to one at `rtp`. */
  stepTo(rtp: number): number {
    return this.#last === undefined ? Infinity : rtp - this.#last;
  }

  /** Whether so many frames could be missing before one at `rtp`. */
  hasRoomFor(frames: number, rtp: number): boolean {
    const usual = this.usual;
    return this.#last !== undefined && usual !== undefined && rtp - this.#last > (usual * (frames + 1) * ALIKE) / 2;
  }

  /** Whether frames came so regularly that a missing one shows. */
  get steady(): boolean {
    return this.#steps.length >= STEPS && Math.max(...this.#steps) < Math.min(...this.#steps) * ALIKE;
  }
}
