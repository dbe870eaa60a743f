import { sameConfig } from '../frames/h264/parameter-sets.ts';
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

/** The segments of one track, one after the other. */
export class SegmentSequence {
  readonly #options: SequenceOptions;
  readonly #context: SegmentContext;
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
    this.#current ??= this.#begin(packet, shape);
    this.#current.write(packet);
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
    return new SegmentWriter({ ...shape, track, segment, firstRtp: rtp, clockRate }, this.#context);
  }

  #isOver({ start }: SegmentWriter, packet: Packet, shape: SegmentShape): boolean {
    const ageMs = ((packet.rtp - start.firstRtp) * 1000) / this.#options.clockRate;
    return ageMs >= this.#options.segmentMs || !sameShape(start, shape);
  }
}
