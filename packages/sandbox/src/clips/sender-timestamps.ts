import { CLOCK_RATE, type MediaKind } from '../rooms/codecs.ts';
import type { TrackFaults } from './timestamp-faults.ts';

/** The RTP clock of one track: right, or wrong as asked for. */
export class SenderTimestamps {
  readonly #ticksPerMs: number;
  readonly #faults: TrackFaults | undefined;
  readonly #rate: number;
  /** The last frame: when it was captured and what its timestamp says without jumps, ms. */
  #last: { readonly mediaMs: number; readonly stampedMs: number } | undefined;
  /** The stall that is on, or was last: its number, and when the track may be sent again. */
  #stall = { number: 0, untilMs: 0 };
  /** When the stall that is on held the first frame back. */
  #stoppedMs: number | undefined;

  constructor(kind: MediaKind, faults: TrackFaults | undefined) {
    this.#ticksPerMs = CLOCK_RATE[kind] / 1000;
    this.#faults = faults;
    this.#rate = 1 + (faults?.ppm ?? 0) / 1_000_000;
  }

  /**
   * Ticks of a frame that is captured now; undefined while the track stalls. A stalled camera goes on with a key frame:
   * encoded frames that are left out would be lost frames.
   */
  next(mediaMs: number, isKey: boolean): number | undefined {
    if (this.#stalls(mediaMs, isKey)) {
      this.#stoppedMs ??= mediaMs;
      return undefined;
    }
    const stampedMs = this.#stampedMs(mediaMs);
    this.#stoppedMs = undefined;
    this.#last = { mediaMs, stampedMs };
    return this.#ticks(stampedMs, mediaMs);
  }

  /** What the clock shows now, for a sender report. */
  read(mediaMs: number): number {
    if (this.#last === undefined) return this.#ticks(mediaMs * this.#rate, mediaMs);
    const untilMs = Math.min(mediaMs, this.#stoppedMs ?? mediaMs);
    return this.#ticks(this.#last.stampedMs + (untilMs - this.#last.mediaMs) * this.#rate, mediaMs);
  }

  #stampedMs(mediaMs: number): number {
    if (this.#last === undefined) return mediaMs * this.#rate;
    const counts = this.#faults?.counts;
    if (counts !== undefined) return this.#last.stampedMs + 1000 / counts;
    // After a stall: as if the first frame that was held back were the next one.
    return this.#last.stampedMs + ((this.#stoppedMs ?? mediaMs) - this.#last.mediaMs) * this.#rate;
  }

  #stalls(mediaMs: number, isKey: boolean): boolean {
    const stall = this.#faults?.stall;
    if (stall === undefined) return false;
    const number = Math.floor(mediaMs / stall.everyMs);
    if (number > this.#stall.number) this.#stall = { number, untilMs: number * stall.everyMs + stall.ms };
    return mediaMs < this.#stall.untilMs || (this.#stoppedMs !== undefined && !isKey);
  }

  #ticks(stampedMs: number, mediaMs: number): number {
    const jump = this.#faults?.jump;
    const jumpedMs = jump === undefined ? 0 : Math.floor(Math.max(0, mediaMs) / jump.everyMs) * jump.ms;
    return Math.round((stampedMs + jumpedMs) * this.#ticksPerMs);
  }
}
