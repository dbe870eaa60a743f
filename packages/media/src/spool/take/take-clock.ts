import { performance } from 'node:perf_hooks';

/** The system's clock differs from the frames' by more than this only when it was set while the take ran. */
const CLOCK_SET_MS = 2_000;
/** Frames reach us in batches: this long after the last one, more may be under way that arrived before. */
const UNDER_WAY_MS = 1_000;

/**
 * The clock of a take, read off its frames: the latest arrival (ms since the Unix epoch). While none comes it goes on
 * by itself, but stays behind by what may still be under way.
 */
export class TakeClock {
  #latest: number | undefined;
  #heardAt = 0;

  /** Takes in the arrival time of a frame; answers the time now. */
  hear(receivedAt: number): number {
    this.#latest = Math.max(receivedAt, this.#latest ?? receivedAt);
    this.#heardAt = performance.now();
    return this.#latest;
  }

  /**
   * A moment that the system's clock read, by the clock of the frames: another one if the system's clock was set since the
   * take began. Frames and events of the page keep the time that the page began with.
   */
  byFrames(systemMs: number): number {
    if (this.#latest === undefined) return systemMs;
    const ownMs = this.#latest + (performance.now() - this.#heardAt);
    return Math.abs(systemMs - ownMs) < CLOCK_SET_MS ? systemMs : ownMs;
  }

  get now(): number {
    if (this.#latest === undefined) return Date.now();
    return this.#latest + Math.max(0, performance.now() - this.#heardAt - UNDER_WAY_MS);
  }
}
