/** The clock of one synthetic anchor: media time begins with the anchor, and may run a little fast or slow. */
export class MediaClock {
  readonly #start: number;
  readonly #rate: number;

  /** `driftPpm`: parts per million by which this clock is faster than the machine's. `lateMs`: it begins that much later. */
  constructor({ driftPpm = 0, lateMs = 0 }: { driftPpm?: number; lateMs?: number } = {}) {
    this.#start = performance.now() + lateMs;
    this.#rate = 1 + driftPpm / 1_000_000;
  }

  /** Media time, ms; negative before the start. */
  now(): number {
    return (performance.now() - this.#start) * this.#rate;
  }
}
