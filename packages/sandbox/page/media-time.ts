/**
 * The clock of the clip of truth: an AudioContext's own time, so that beeps and pictures share it. `currentTime` moves in
 * steps of the audio hardware's buffer; the smallest delay seen between the two clocks smooths that, and follows drift.
 */
export class MediaTime {
  readonly context = new AudioContext({ sampleRate: 48_000 });
  readonly #start: number;
  #delay = Infinity;

  /** Media time begins `inSeconds` from now. */
  constructor(inSeconds: number) {
    this.#start = this.context.currentTime + inSeconds;
  }

  /** Media time in seconds; negative before the start. */
  now(): number {
    const wall = performance.now() / 1000;
    const delay = wall - this.context.currentTime;
    this.#delay = Math.min(delay, this.#delay + LEAK);
    return wall - this.#delay - this.#start;
  }

  /** The time of the AudioContext at a media time. */
  contextTime(seconds: number): number {
    return this.#start + seconds;
  }
}

/** Seconds by which the smallest delay is forgotten at each reading (15 a second: 75 ppm of drift are followed). */
const LEAK = 0.000_005;
