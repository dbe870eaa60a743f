import { median } from '../../clock/statistics.ts';
import type { JournalEntryOf } from '../journal/journal-entry.ts';

/** A frame's place on the sender's clock and its arrival on ours. */
export interface FrameArrival {
  /** Unwrapped RTP ticks. */
  readonly rtp: number;
  /** ms since the Unix epoch. */
  readonly receivedAt: number;
  /** Audio: unwrapped sequence number, and how long the packet plays, in ticks. */
  readonly sequence?: number | undefined;
  readonly ticks?: number | undefined;
  /** The sender's timestamps jumped before it; `rtp` is without the jump. */
  readonly jump?: boolean | undefined;
}

/** A line of arrivals as the journal keeps it. */
export type ArrivalLine = Omit<JournalEntryOf<'arrivals'>, 'type' | 'at' | 'track'>;

/** A line covers at most this much time and so many frames: a killed worker loses no more. */
const LINE_MS = 2_000;
const LINE_FRAMES = 256;
/** Parts of a ms in which a line counts lateness: 0.1 ms. */
const PARTS = 10;
/** RTP time that a packet's sequence number does not explain. */
const UNEXPLAINED_TICKS = 240;
/** Intervals from which the ticks of a packet are learnt: timestamps may advance faster or slower than packets play. */
const KEPT = 31;
const MOST_OFF = 0.12;

/**
 * Records when each frame of a track arrived. All that is known of a sender's clock is in this; which frames were
 * delayed and where timestamps jumped is decided when files are made. The first frame is recorded at once.
 */
export class ArrivalRecorder {
  readonly #ticksPerMs: number;
  readonly #record: (line: ArrivalLine) => void;
  #line: ArrivalLine | undefined;
  #last: FrameArrival | undefined;
  /** By how much timestamps advance in a packet, as a part of what it plays: of the last intervals. */
  #advances: number[] = [];

  constructor(clockRate: number, record: (line: ArrivalLine) => void) {
    this.#ticksPerMs = clockRate / 1000;
    this.#record = record;
  }

  add(frame: FrameArrival): void {
    const last = this.#last;
    this.#last = frame;
    const jump = last !== undefined && (frame.jump === true || this.#isUnexplained(last, frame));
    if (last === undefined) {
      const { rtp, receivedAt } = frame;
      this.#record({ rtp, receivedAt, until: receivedAt, ticks: 0, frames: [0] });
      return;
    }
    const line = this.#line;
    if (line === undefined || frame.receivedAt - line.receivedAt >= LINE_MS || line.frames.length >= LINE_FRAMES) {
      this.end();
      const { rtp, receivedAt } = frame;
      this.#line = { rtp, receivedAt, until: receivedAt, ticks: rtp - last.rtp, frames: [jump ? [0, 0, 1] : 0] };
      return;
    }
    const step = frame.rtp - last.rtp;
    const late = Math.round((frame.receivedAt - line.receivedAt - (frame.rtp - line.rtp) / this.#ticksPerMs) * PARTS);
    line.until = Math.max(line.until, frame.receivedAt);
    line.frames.push(jump ? [step, late, 1] : step === line.ticks ? late : [step, late]);
  }

  /** Records the frames that wait for their line to be full. */
  end(): void {
    if (this.#line !== undefined) this.#record(this.#line);
    this.#line = undefined;
  }

  /** Packets in sequence have timestamps in sequence (RFC 3550, 5.1); others are of silence not sent, or of a jump. */
  #isUnexplained(last: FrameArrival, { rtp, sequence }: FrameArrival): boolean {
    if (last.sequence === undefined || last.ticks === undefined || sequence === undefined) return false;
    const packets = sequence - last.sequence;
    if (packets <= 0) return false;
    const plays = packets * last.ticks;
    const advance = (rtp - last.rtp) / plays;
    if (Math.abs(advance - 1) < MOST_OFF) this.#advances.push(advance);
    if (this.#advances.length > KEPT) this.#advances.shift();
    const usual = this.#advances.length === 0 ? 1 : median(this.#advances);
    return Math.abs(rtp - last.rtp - plays * usual) >= UNEXPLAINED_TICKS;
  }
}
