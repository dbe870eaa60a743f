/** An audio packet on its way into a segment. */
export interface AudioPacket {
  /** Unwrapped sequence number; undefined where the source has none. */
  readonly sequence: number | undefined;
  /** Unwrapped RTP ticks. */
  readonly rtp: number;
  /** How long it plays, in ticks. */
  readonly ticks: number;
  /** Ms since the Unix epoch. */
  readonly arrivedAt: number;
  readonly data: Uint8Array;
}

export interface AudioOrderSink {
  /** The next packet in order; `missing` packets before it never came. */
  packet(packet: AudioPacket, missing: number): void;
  /** A packet whose place was already written past. */
  late(packet: AudioPacket): void;
}

/**
 * How long a missing packet is waited for: the tap sits before the jitter buffer, so packets come in the network's order,
 * which 200 ms of jitter mix. The wait delays only the file on the disk.
 */
const WINDOW_MS = 250;
const MAX_PENDING = 128;
/** Sequence numbers given up that are still told from duplicates when they come after all. */
const MAX_GIVEN_UP = 512;

/** Puts the packets of one audio track in order by sequence number and drops duplicates. */
export class AudioOrder {
  readonly #sink: AudioOrderSink;
  readonly #givenUp = new Set<number>();
  #pending: AudioPacket[] = [];
  #last: AudioPacket | undefined;

  constructor(sink: AudioOrderSink) {
    this.#sink = sink;
  }

  push(packet: AudioPacket): void {
    if (this.#last !== undefined && packet.rtp <= this.#last.rtp) {
      this.#past(packet);
      return;
    }
    const after = this.#pending.findLastIndex((other) => other.rtp <= packet.rtp);
    if (this.#pending[after]?.rtp === packet.rtp) return;
    this.#pending.splice(after + 1, 0, packet);
    this.flush(packet.arrivedAt);
  }

  /** Lets go what has waited long enough by `now`; everything with Infinity. */
  flush(now: number): void {
    for (let head = this.#pending[0]; head !== undefined; head = this.#pending[0]) {
      const missing = this.#missingBefore(head);
      const waited = now - head.arrivedAt >= WINDOW_MS || this.#pending.length > MAX_PENDING;
      if (missing > 0 && !waited) return;
      this.#pending.shift();
      this.#giveUp(head, missing);
      this.#last = head;
      this.#sink.packet(head, missing);
    }
  }

  /** Later in time but not in sequence: the sender began to count anew, and nothing is known to be missing. */
  #missingBefore(packet: AudioPacket): number {
    const last = this.#last?.sequence;
    if (last === undefined || packet.sequence === undefined) return 0;
    return Math.max(0, packet.sequence - last - 1);
  }

  #giveUp(packet: AudioPacket, missing: number): void {
    if (packet.sequence === undefined) return;
    for (let back = Math.min(missing, MAX_GIVEN_UP); back > 0; back -= 1) this.#givenUp.add(packet.sequence - back);
    for (const sequence of this.#givenUp) {
      if (this.#givenUp.size <= MAX_GIVEN_UP) return;
      this.#givenUp.delete(sequence);
    }
  }

  #past(packet: AudioPacket): void {
    if (packet.sequence !== undefined && this.#givenUp.delete(packet.sequence)) this.#sink.late(packet);
  }
}
