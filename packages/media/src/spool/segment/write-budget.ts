/** Bytes that may wait in memory for the disk: one segment's, and a whole take's. */
const SEGMENT_BYTES = 16 * 2 ** 20;
const TAKE_BYTES = 96 * 2 ** 20;

/** Counts what waits in memory to be written, so that a disk that hangs ends a take instead of the worker. */
export class WriteBudget {
  #waiting = 0;
  readonly #limit: number;

  constructor(limit = TAKE_BYTES) {
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** A share of the budget for one segment. */
  share(limit = SEGMENT_BYTES): BudgetShare {
    let own = 0;
    return {
      take: (bytes) => {
        if (own + bytes > limit || this.#waiting + bytes > this.#limit) return false;
        own += bytes;
        this.#waiting += bytes;
        return true;
      },
      giveBack: (bytes) => {
        const given = Math.min(bytes, own);
        own -= given;
        this.#waiting -= given;
      },
      release: () => {
        this.#waiting -= own;
        own = 0;
      },
    };
  }
}

export interface BudgetShare {
  /** False when so many more bytes would be too many. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
  release(): void;
}
