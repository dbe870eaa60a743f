import { sameConfig } from '../frames/h264/parameter-sets.ts';
import { FrameIntervals } from './frame-intervals.ts';
import { SegmentWriter, type Packet, type SegmentContext, type SegmentShape } from './segment-writer.ts';

export interface SequenceOptions {
  readonly track: number;
  readonly clockRate: number;
  /** A segment closes at the first key frame this many ms after its start. */
  readonly segmentMs: number;
  readonly nextSegment: () => number;
}

const sameShape = (a: SegmentShape, b: SegmentShape): boolean =>
  a.codec === b.codec &&
  a.width === b.width &&
  a.height === b.height &&
  (a.config === undefined || b.config === undefined ? a.config === b.config : sameConfig(a.config, b.config));

/** Audio without a packet for longer than this pauses; discontinuous transmission sends one in 400 ms. */
const AUDIO_PAUSE_MS = 1_000;

/** The segments of one track, one after the other. */
export class SegmentSequence {
  readonly #options: SequenceOptions;
  readonly #context: SegmentContext;
  readonly #intervals = new FrameIntervals();
  #lastEnd: number | undefined;
  #closing = Promise.resolve();
  #current: SegmentWriter | undefined;

  constructor(options: SequenceOptions, context: SegmentContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Writes a packet; a key packet of another shape, or one that comes late enough, begins a new segment. */
  write(packet: Packet, shape: SegmentShape): void {
    if (this.#current !== undefined && packet.key && this.#isOver(this.#current, packet, shape)) this.close();
    if (this.#current === undefined && !packet.key) return;
    this.#notePause(packet);
    this.#current ??= this.#begin(packet, shape);
    this.#current.write(packet);
    this.#intervals.add(packet.rtp);
    this.#lastEnd = packet.rtp + (packet.ticks ?? 0);
  }

  /** Closes the current segment, after those before it; the next packet begins another. */
  close(): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#closing = this.#closing.then(() => current.close());
    this.#current = undefined;
  }

  /** Resolves when all segments closed so far are on disk and in the journal. */
  closed(): Promise<void> {
    return this.#closing;
  }

  #begin({ rtp }: Packet, shape: SegmentShape): SegmentWriter {
    const { track, clockRate } = this.#options;
    const segment = this.#options.nextSegment();
    return new SegmentWriter({ ...shape, track, segment, firstRtp: rtp, clockRate }, this.#context, this.#intervals);
  }

  /**
   * Journals a time without frames in which some may have been lost: audio of more than a second, and video of more than
   * the usual interval before a key frame. A video frame that isn't one follows on the last: nothing is missing.
   */
  #notePause({ rtp, key, ticks }: Packet): void {
    const { track, clockRate } = this.#options;
    const isAudio = ticks !== undefined;
    const fromRtp = isAudio ? this.#lastEnd : this.#intervals.last;
    if (fromRtp === undefined) return;
    const isPause = isAudio
      ? ((rtp - fromRtp) * 1000) / clockRate > AUDIO_PAUSE_MS
      : key && this.#intervals.isLongBefore(rtp);
    if (!isPause) return;
    const { usual = 0, isRegular } = this.#intervals;
    this.#context.journal.append({
      type: 'pause',
      track,
      fromRtp: isAudio ? fromRtp : Math.min(rtp, fromRtp + usual),
      toRtp: rtp,
      regular: isRegular,
    });
  }

  #isOver({ start }: SegmentWriter, packet: Packet, shape: SegmentShape): boolean {
    const ageMs = ((packet.rtp - start.firstRtp) * 1000) / this.#options.clockRate;
    return ageMs >= this.#options.segmentMs || !sameShape(start, shape);
  }
}
