/** A recording that is refused comes again after this: soon, if a single one waits, ms. */
const FIRST_MS = 2_000;
/** For each refused in a row, so that a long queue before full workers doesn't occupy Redis, ms. */
const EACH_MS = 50;
const MAX_MS = 30_000;

/** Says of recordings that no worker has begun whether this worker begins them. */
export class Admission {
  readonly #admits: () => boolean;
  #refused = 0;

  constructor(admits: () => boolean) {
    this.#admits = admits;
  }

  /** 0: it may begin; else for how long it goes back to the queue, where another worker may take it first, ms. */
  refusedForMs(): number {
    if (this.#admits()) {
      this.#refused = 0;
      return 0;
    }
    this.#refused += 1;
    return Math.min(FIRST_MS + EACH_MS * this.#refused, MAX_MS);
  }
}
