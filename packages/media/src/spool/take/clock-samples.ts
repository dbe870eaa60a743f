/** A frame's place on the sender's clock and its arrival on ours. */
export interface ClockSample {
  readonly rtp: number;
  readonly receivedAt: number;
}

/** Windows are short while a track is young, then long: an hour of a track is some 700 lines of the journal. */
const YOUNG_MS = 20_000;
const YOUNG_WINDOW_MS = 1_000;
const WINDOW_MS = 5_000;

/**
 * Thins a track's arrivals to the least delayed frame of each window, which is all that a minimum-delay filter can
 * learn from. The first frame is told at once.
 */
export class ClockSampler {
  readonly #ticksPerMs: number;
  readonly #tell: (sample: ClockSample) => void;
  #begunAt: number | undefined;
  #windowEnd = 0;
  #best: ClockSample | undefined;

  constructor(clockRate: number, tell: (sample: ClockSample) => void) {
    this.#ticksPerMs = clockRate / 1000;
    this.#tell = tell;
  }

  add(sample: ClockSample): void {
    if (this.#begunAt === undefined) {
      this.#begunAt = sample.receivedAt;
      this.#windowEnd = sample.receivedAt + YOUNG_WINDOW_MS;
      this.#tell(sample);
      return;
    }
    if (sample.receivedAt >= this.#windowEnd) this.#nextWindow(sample.receivedAt);
    if (this.#best === undefined || this.#offset(sample) < this.#offset(this.#best)) this.#best = sample;
  }

  /** Tells what the last window has. */
  end(): void {
    if (this.#best !== undefined) this.#tell(this.#best);
    this.#best = undefined;
  }

  #nextWindow(now: number): void {
    this.end();
    const young = now - (this.#begunAt ?? now) < YOUNG_MS;
    this.#windowEnd = now + (young ? YOUNG_WINDOW_MS : WINDOW_MS);
  }

  #offset({ rtp, receivedAt }: ClockSample): number {
    return receivedAt - rtp / this.#ticksPerMs;
  }
}
