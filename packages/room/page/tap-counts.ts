import type { FromWorker, TapCount, ToWorker } from './worker-protocol.ts';

type Counted = Extract<FromWorker, { counted: number }>;

/** Asks the worker what it has counted. */
export class TapCounts {
  readonly #toWorker: (message: ToWorker) => void;
  readonly #waiting = new Map<number, (counted: Counted) => void>();
  #last = 0;

  constructor(toWorker: (message: ToWorker) => void) {
    this.#toWorker = toWorker;
  }

  read(): Promise<{ readonly taps: readonly TapCount[]; readonly droppedFrames: number }> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#toWorker({ count: id });
    });
  }

  receive(counted: Counted): void {
    this.#waiting.get(counted.counted)?.(counted);
    this.#waiting.delete(counted.counted);
  }
}
