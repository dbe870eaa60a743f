import type { Frame } from '@trtc-recorder/contracts';
import { opusPacketTicks } from '../frames/opus.ts';

/** More than delay can explain between a step on the sender's clock and one on ours. */
const JUMP_MS = 10_000;
/** The same where sequence numbers show that no media lie between: above what any timer or queue is off by. */
const SURE_JUMP_MS = 300;
/** A newer packet with an older timestamp: the clock was set back. Above what sound cards correct. */
const BACK_MS = 60;

/**
 * Pictures have no numbers. Those that are retransmitted come behind newer ones, by seconds after a cut, but at once; when
 * all that come for so long are older by so much, the sender's clock was set back.
 */
const BEHIND_MS = 1_000;
const BEHIND_FOR_MS = 1_000;

/** The most that clocks drift apart. */
const MAX_DRIFT = 500e-6;

type Heard = Pick<Frame, 'rtpTimestamp' | 'receivedAt' | 'sequenceNumber' | 'kind' | 'data'>;
/** What is kept of a frame; its data are not ours for long. */
type Remembered = Pick<Frame, 'rtpTimestamp' | 'receivedAt' | 'sequenceNumber'> & { readonly playsMs: number };

/**
 * Tells whether a frame is on the same sender's clock as those before, by which its place among them is known. A sender
 * that restarts its encoder keeps its SSRC and goes on at another timestamp. Delays can look like that from afar, but not
 * from frame to frame: sound is sampled without pause, so packets with consecutive numbers have consecutive times
 * (RFC 3550, 5.1) but for silence that isn't sent, which takes as long here as there.
 */
export class SenderClock {
  readonly #ticksPerMs: number;
  #last: Remembered;
  /** How much later than the first frame, against the sender's time, the last one came, and the least delayed. ms. */
  #offset = 0;
  #least = 0;
  /** The newest timestamp of pictures, and since when they have all been far behind it. */
  #newest: number;
  #behindSince: number | undefined;

  constructor(first: Heard, clockRate: number) {
    this.#ticksPerMs = clockRate / 1000;
    this.#last = this.#remember(first);
    this.#newest = first.rtpTimestamp;
  }

  goesOnWith(frame: Heard): boolean {
    const stepMs = this.#stepMs(frame);
    const passedMs = frame.receivedAt - this.#last.receivedAt;
    if (Math.abs(stepMs - passedMs) > JUMP_MS) return false;
    if (frame.kind === 'video') return !this.#wasSetBack(frame);
    const numbers = this.#numbersAfter(frame);
    if (numbers === undefined || numbers <= 0) return true;
    if (stepMs < -BACK_MS) return false;
    const explainedMs = Math.max(passedMs, numbers * this.#last.playsMs);
    const offset = this.#offset + passedMs - stepMs;
    return stepMs - explainedMs < SURE_JUMP_MS || offset > this.#least - SURE_JUMP_MS;
  }

  heard(frame: Heard): void {
    const passedMs = frame.receivedAt - this.#last.receivedAt;
    this.#offset += passedMs - this.#stepMs(frame);
    this.#least = Math.min(this.#least + Math.max(0, passedMs) * MAX_DRIFT, this.#offset);
    this.#last = this.#remember(frame);
    if (frame.kind === 'video') this.#noteNewest(frame);
  }

  #wasSetBack(frame: Heard): boolean {
    const { receivedAt } = frame;
    return (
      this.#behindSince !== undefined &&
      receivedAt - this.#behindSince >= BEHIND_FOR_MS &&
      this.#aheadMs(frame) < -BEHIND_MS
    );
  }

  #noteNewest(frame: Heard): void {
    const aheadMs = this.#aheadMs(frame);
    if (aheadMs >= 0) this.#newest = frame.rtpTimestamp;
    if (aheadMs >= -BEHIND_MS) this.#behindSince = undefined;
    else this.#behindSince ??= frame.receivedAt;
  }

  /** How much newer than the newest until now, ms. */
  #aheadMs({ rtpTimestamp }: Heard): number {
    return ((rtpTimestamp - this.#newest) | 0) / this.#ticksPerMs;
  }

  #remember({ rtpTimestamp, receivedAt, sequenceNumber, kind, data }: Heard): Remembered {
    const playsMs = kind === 'audio' ? opusPacketTicks(data) / this.#ticksPerMs : 0;
    return { rtpTimestamp, receivedAt, sequenceNumber, playsMs };
  }

  #stepMs({ rtpTimestamp }: Heard): number {
    return ((rtpTimestamp - this.#last.rtpTimestamp) | 0) / this.#ticksPerMs;
  }

  /** How many packets after the last one it was sent; undefined where there are no numbers. */
  #numbersAfter({ kind, sequenceNumber }: Heard): number | undefined {
    const last = this.#last.sequenceNumber;
    if (kind !== 'audio' || sequenceNumber === undefined || last === undefined) return undefined;
    return ((sequenceNumber - last) << 16) >> 16;
  }
}
