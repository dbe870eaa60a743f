/** Waits between two requests, ms: the first is answered within a round trip by whoever answers at all. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Asks for a key frame while pictures are dropped for want of one. Senders make key frames on request, and the decoder
 * asks for its own needs alone: after a mute it goes on where it was, and a new track can't.
 */
export class KeyRequest {
  readonly #ask: () => void;
  #askedAt = Number.NEGATIVE_INFINITY;
  #waitMs = 0;

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** Another picture was dropped, at `now`, ms. */
  needed(now: number): void {
    if (now - this.#askedAt < this.#waitMs) return;
    this.#askedAt = now;
    this.#waitMs = Math.min(Math.max(FIRST_WAIT_MS, this.#waitMs * 2), LONGEST_WAIT_MS);
    this.#ask();
  }

  /** A key frame came. */
  met(): void {
    this.#waitMs = 0;
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }
}
