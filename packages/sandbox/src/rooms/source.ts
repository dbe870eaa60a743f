import type { MediaKind, VideoCodec } from './codecs.ts';
import type { ClockReading } from './rtcp.ts';

/** One RTP packet of a published stream, before it is readdressed for a subscriber. */
export interface StreamPacket {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Buffer;
  readonly codec: 'opus' | VideoCodec;
  /** A key frame begins here (video). */
  readonly startsKeyFrame: boolean;
  /** `1280x720`, where the sender knows it. */
  readonly size?: string;
  /** When it was captured, ms since the Unix epoch, where the sender is a synthetic anchor. */
  readonly capturedMs?: number;
}

/** Who takes a stream's packets and clock readings. */
export interface Sink {
  packet(packet: StreamPacket, source: Source): void;
  clock(reading: ClockReading): void;
}

/** A published stream: hands its packets and its sender's clock readings to every sink. */
export class Source {
  readonly kind: MediaKind;
  readonly sinks = new Set<Sink>();
  /** The last clock reading: repeated when a subscription's first packet leaves, as publishers report audio every 5 s only. */
  lastClock: ClockReading | undefined;
  /** Whether the way from the publisher loses what it sends now; synthetic anchors have no network of their own. */
  losesUplink: () => boolean = () => false;
  packets = 0;
  bytes = 0;
  keyFrames = 0;

  constructor(kind: MediaKind) {
    this.kind = kind;
  }

  emit(packet: StreamPacket): void {
    if (this.losesUplink()) return;
    this.packets += 1;
    this.bytes += packet.payload.length;
    if (packet.startsKeyFrame) this.keyFrames += 1;
    for (const sink of this.sinks) sink.packet(packet, this);
  }

  emitClock(reading: ClockReading): void {
    if (this.losesUplink()) return;
    this.lastClock = reading;
    for (const sink of this.sinks) sink.clock(reading);
  }

  /** Asks the publisher for a key frame; a clip has its own, at fixed times. */
  requestKeyFrame(): void {
    return;
  }

  /** For the control API. */
  view(): Record<string, unknown> {
    return { packets: this.packets, bytes: this.bytes, keyFrames: this.keyFrames, clock: this.lastClock };
  }

  close(): void {
    this.sinks.clear();
  }
}
