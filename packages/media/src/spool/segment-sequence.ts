import { sameConfig } from './h264/parameter-sets.ts';
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
  readonly #closing = new Set<Promise<void>>();
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

  /** Closes the current segment; the next packet begins another. */
  close(): void {
    if (this.#current === undefined) return;
    const closed = this.#current.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
    this.#current = undefined;
  }

  /** Resolves when all segments closed so far are on disk and in the journal. */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
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
