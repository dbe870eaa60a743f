/** The clock of one synthetic anchor: media time begins with the anchor, and may run a little fast or slow. */
export class MediaClock {
  /** When media time was 0, ms since the Unix epoch. */
  readonly startMs: number;
  readonly #start: number;
  readonly #rate: number;

  /** `driftPpm`: parts per million by which this clock is faster than the machine's. `lateMs`: it begins that much later. */
  constructor({ driftPpm = 0, lateMs = 0 }: { driftPpm?: number; lateMs?: number } = {}) {
    this.startMs = Date.now() + lateMs;
    this.#start = performance.now() + lateMs;
    this.#rate = 1 + driftPpm / 1_000_000;
  }

  /** When a moment of media time is, ms since the Unix epoch. */
  wallMs(mediaMs: number): number {
    return this.startMs + mediaMs / this.#rate;
  }

  /** Media time, ms; negative before the start. */
  now(): number {
    return (performance.now() - this.#start) * this.#rate;
  }
}
