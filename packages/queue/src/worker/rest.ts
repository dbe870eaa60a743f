/** Longer than a refused recording is held back, and than idle workers take to look: others come first, ms. */
const REST_MS = 2_500;

/** BullMQ's Worker, as far as it is needed. */
interface Taking {
  pause(doNotWaitActive: boolean): Promise<void>;
  resume(): Promise<void>;
}

/**
 * A worker that had to refuse a recording looks away for a moment, so that a worker with room finds it first: it would
 * else be chance who takes it next, time and again. It looks again by and by, because recordings whose spool it alone has
 * wait in the same queue. What runs is not touched.
 */
export class Rest {
  readonly #worker: Taking;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #ended = false;

  constructor(worker: Taking) {
    this.#worker = worker;
  }

  /** Whether the worker takes no jobs at all until `open`. */
  get closed(): boolean {
    return this.#closed;
  }

  begin(): void {
    if (this.#ended || this.#timer !== undefined) return;
    void this.#worker.pause(true);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#resume();
    }, REST_MS);
  }

  /** The worker takes no more jobs until `open`. */
  close(): void {
    if (this.#ended || this.#closed) return;
    this.#closed = true;
    void this.#worker.pause(true);
  }

  open(): void {
    this.#closed = false;
    this.#resume();
  }

  /** The worker stops: it must not look again. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #resume(): void {
    if (!this.#ended && !this.#closed && this.#timer === undefined) void this.#worker.resume();
  }
}
