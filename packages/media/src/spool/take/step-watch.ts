import type { ClockSample } from './clock-samples.ts';

/** A sudden rise of the offset between arrival and RTP time that lasted, at least for a moment. */
export interface ClockStep extends ClockSample {
  /** By how much later frames came from there on, as far as this frame alone brought it about: ms. */
  readonly ms: number;
}

/** Rises below this are lost among the delays of a network, and followed slowly by the clock. */
const STEP_MS = 40;
/** Queues that formed in a hole are gone within this time, or have at least begun to shrink. */
const LASTS_MS = 1_000;

/** A rise that has not lasted long enough yet: its first frame, the level before, and the least delayed frame since. */
interface Risen {
  readonly rtp: number;
  readonly at: number;
  readonly level: number;
  /** How much of the rise came with that frame. */
  readonly step: number;
  least: ClockSample;
}

/**
 * Watches a track for moments at which frames suddenly come later, and go on to. Congestion grows and shrinks frame by
 * frame, and a stalled network delivers what it held in a burst; a sender that was mute, or whose sound card had no
 * turn, goes on with the timestamps it stopped at. Which of the two it was is decided when all is known (clock/slips.ts).
 */
export class StepWatch {
  readonly #ticksPerMs: number;
  readonly #tell: (step: ClockStep) => void;
  /** Least offsets of the second that runs and of the one before, and when it began. */
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #secondAt = Number.NEGATIVE_INFINITY;
  #last: { readonly rtp: number; readonly offset: number } | undefined;
  #risen: Risen | undefined;

  constructor(clockRate: number, tell: (step: ClockStep) => void) {
    this.#ticksPerMs = clockRate / 1000;
    this.#tell = tell;
  }

  /** Takes in a frame, in the order of arrival. */
  add(sample: ClockSample): void {
    const offset = this.#offset(sample);
    const last = this.#last;
    // A frame that comes out of turn is late by itself.
    if (last !== undefined && sample.rtp <= last.rtp) return;
    this.#last = { rtp: sample.rtp, offset };
    if (this.#risen !== undefined) this.#follow(this.#risen, sample, offset);
    else if (last !== undefined && offset - last.offset >= STEP_MS && offset - this.#level >= STEP_MS)
      this.#risen = {
        ...{ rtp: sample.rtp, at: sample.receivedAt, level: this.#level },
        ...{ step: offset - last.offset, least: sample },
      };
    if (this.#risen === undefined) this.#note(sample.receivedAt, offset);
  }

  /** Tells what has lasted until the end. */
  end(): void {
    if (this.#risen !== undefined) this.#done(this.#risen);
  }

  get #level(): number {
    return Math.min(this.#least, this.#leastBefore);
  }

  #follow(risen: Risen, sample: ClockSample, offset: number): void {
    if (offset < this.#offset(risen.least)) risen.least = sample;
    if (offset - risen.level < STEP_MS) this.#risen = undefined;
    else if (sample.receivedAt - risen.at >= LASTS_MS) this.#done(risen);
  }

  #done({ rtp, level, step, least }: Risen): void {
    this.#risen = undefined;
    this.#least = this.#offset(least);
    this.#leastBefore = this.#least;
    this.#secondAt = least.receivedAt;
    const receivedAt = least.receivedAt + (rtp - least.rtp) / this.#ticksPerMs;
    this.#tell({ rtp, receivedAt, ms: Math.min(step, this.#least - level) });
  }

  #note(now: number, offset: number): void {
    if (now - this.#secondAt >= 1_000) {
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#secondAt = now;
    }
    this.#least = Math.min(this.#least, offset);
  }

  #offset({ rtp, receivedAt }: ClockSample): number {
    return receivedAt - rtp / this.#ticksPerMs;
  }
}
