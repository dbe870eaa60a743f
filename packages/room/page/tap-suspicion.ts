/** Packets arrive for this long but no frame is tapped: the tap does not work. */
const DEAF_MS = 3000;
/** Packets that come after a pause of this length prove nothing yet: their frames may still be on their way. */
const PAUSE_MS = 2000;
/** That many packets are proof; a few may be padding or the tail of a stream. */
const DEAF_PACKETS = 10;
const LONGEST_WAIT_MS = 60_000;

/** What a receiver got under the SSRCs of one track so far. */
export interface Reception {
  /** RTP packets. */
  readonly packets: number;
  /** Samples or frames that the jitter buffer gave to the decoder. */
  readonly played: number;
}

/**
 * Collects proof that a tap does not work: over some seconds packets arrive, the decoder gets frames, and none is tapped.
 * Packets alone prove nothing: without its key frame, or its parameter sets, a video delivers nothing to either.
 */
export class TapSuspicion {
  #last: Reception | undefined;
  #arrivedAt = Number.NEGATIVE_INFINITY;
  #since: (Reception & { readonly at: number }) | undefined;

  /** Starts over: after a frame, and while nothing can arrive. */
  clear(): void {
    this.#last = undefined;
    this.#since = undefined;
    this.#arrivedAt = Number.NEGATIVE_INFINITY;
  }

  /** Adds what the receiver has now. Gives whether packets came since the last look. */
  look(reception: Reception, now: number): boolean {
    const last = this.#last;
    this.#last = reception;
    if (last === undefined || reception.packets === last.packets) return false;
    if (now - this.#arrivedAt > PAUSE_MS) this.#since = undefined;
    this.#arrivedAt = now;
    this.#since ??= { at: now, ...reception };
    return true;
  }

  /** `failures`: how often the remedy failed; each doubles the time that is needed. */
  isProven(now: number, failures: number): boolean {
    if (this.#since === undefined || this.#last === undefined) return false;
    const { at, packets, played } = this.#since;
    const neededMs = Math.min(LONGEST_WAIT_MS, DEAF_MS * 2 ** Math.max(0, failures - 1));
    return now - at >= neededMs && this.#last.packets - packets >= DEAF_PACKETS && this.#last.played > played;
  }
}
