import { CLOCK_RATE, type MediaKind, type VideoCodec } from './codecs.ts';
import { isParameterSet, type ParameterSetsRule } from './parameter-sets.ts';
import { senderReport, type ClockReading } from './rtcp.ts';
import { sequenceDistance, writeRtp, writeRtx } from './rtp.ts';
import type { Sink, Source, StreamPacket } from './source.ts';

/** The subscriber's connection, as a slot sees it. */
export interface DownlinkPeer {
  readonly open: boolean;
  send(packet: Buffer): boolean;
  /** Payload type of a codec on this connection, and of its retransmissions; `undefined`: not negotiated. */
  payloadTypes(codec: 'opus' | VideoCodec): { media: number; rtx: number | undefined } | undefined;
}

export interface SlotOptions {
  readonly peer: DownlinkPeer;
  readonly kind: MediaKind;
  /** Chosen by the subscriber's SDK. */
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** One name for all streams of a publisher: they share its clock. */
  readonly cname: string;
  /** What happens to the parameter sets of its first key frame. */
  readonly parameterSets?: ParameterSetsRule | undefined;
  /** Hears of every packet that was sent, and under which RTP time. */
  readonly onSent?: (packet: StreamPacket, source: Source, sentTimestamp: number) => void;
}

/** Packets kept for retransmission. */
const KEPT_PACKETS = 512;

/** The renumbering that makes a source's packets continue what the slot sent before. */
interface Offset {
  readonly sequence: number;
  readonly timestamp: number;
}

/** One stream to one subscriber, under the SSRCs that the subscriber's SDK chose. */
export class Slot implements Sink {
  readonly ssrc: number;
  readonly #options: SlotOptions;
  readonly #kept = new Map<number, { packet: Buffer; rtx: number | undefined }>();
  readonly #counts = { sent: 0, octets: 0, nacks: 0, resent: 0, keyRequests: 0, senderReports: 0 };
  #source: Source | undefined;
  #offset: Offset | undefined;
  #renumber = false;
  #needsKey = false;
  #owesClock = false;
  #enabled = true;
  /** RTP time of the first key frame, as its sender has it. */
  #firstKeyFrame: number | undefined;
  #sequence = Math.floor(Math.random() * 30_000);
  #rtxSequence = 1;
  #last: { timestamp: number; at: number } | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.ssrc = options.ssrc;
  }

  /** Which source feeds this slot. A change of a video's source waits for a key frame. */
  feed(source: Source | undefined): void {
    if (source === this.#source) return;
    this.#source?.sinks.delete(this);
    this.#source = source;
    this.#offset = undefined;
    source?.sinks.add(this);
    this.#waitForKey();
  }

  /** Forwarding off (not wanted, or muted) and on again. */
  enable(on: boolean): void {
    if (on === this.#enabled) return;
    this.#enabled = on;
    if (!on) return;
    this.#renumber = true;
    this.#waitForKey();
  }

  #waitForKey(): void {
    this.#needsKey = this.#options.kind === 'video';
    if (this.#needsKey && this.#enabled) this.#source?.requestKeyFrame();
  }

  packet(packet: StreamPacket, source: Source): void {
    const { peer } = this.#options;
    if (!this.#enabled || !peer.open) return;
    if (this.#needsKey && !packet.startsKeyFrame) return;
    const payloadTypes = peer.payloadTypes(packet.codec);
    if (payloadTypes === undefined) return;
    if (this.#needsKey) this.#renumber = true;
    this.#needsKey = false;
    const offset = this.#offsetFor(packet);
    const sequence = (packet.sequence + offset.sequence) & 0xffff;
    const timestamp = (packet.timestamp + offset.timestamp) >>> 0;
    this.#remember(sequence, timestamp);
    const { marker, payload } = packet;
    const bytes = writeRtp({ payloadType: payloadTypes.media, marker, sequence, timestamp, ssrc: this.ssrc, payload });
    this.#counts.sent += 1;
    this.#counts.octets += payload.length;
    const send = () => {
      if (this.#options.kind === 'video') this.#keep(sequence, bytes, payloadTypes.rtx);
      peer.send(bytes);
    };
    if (this.#holdsBack(packet)) this.#sendLate(send);
    else send();
    this.#options.onSent?.(packet, source, timestamp);
    this.#payClock(source);
  }

  /** Parameter sets of the first key frame, if there is a rule for them. */
  #holdsBack(packet: StreamPacket): boolean {
    if (this.#options.parameterSets === undefined || !isParameterSet(packet)) return false;
    this.#firstKeyFrame ??= packet.timestamp;
    return packet.timestamp === this.#firstKeyFrame;
  }

  /** A retransmission that is asked for earlier isn't sent either. */
  #sendLate(send: () => void): void {
    const lateMs = this.#options.parameterSets?.lateMs;
    if (lateMs !== undefined) setTimeout(send, lateMs);
  }

  /** Numbering goes on without a hole over pauses and changes of source; time goes on as time did. */
  #offsetFor(packet: StreamPacket): Offset {
    const sequence = (this.#sequence + 1 - packet.sequence) & 0xffff;
    if (this.#offset === undefined) {
      this.#offset = { sequence, timestamp: this.#timestampOffset(packet) };
      this.#owesClock = true;
    } else if (this.#renumber) this.#offset = { ...this.#offset, sequence };
    this.#renumber = false;
    return this.#offset;
  }

  #timestampOffset(packet: StreamPacket): number {
    if (this.#last === undefined) return 0;
    const passed = Math.round(((performance.now() - this.#last.at) * CLOCK_RATE[this.#options.kind]) / 1000);
    return (this.#last.timestamp + passed - packet.timestamp) >>> 0;
  }

  #remember(sequence: number, timestamp: number): void {
    if (sequenceDistance(sequence, this.#sequence) <= 0) return;
    this.#sequence = sequence;
    this.#last = { timestamp, at: performance.now() };
  }

  #keep(sequence: number, packet: Buffer, rtx: number | undefined): void {
    this.#kept.set(sequence, { packet, rtx });
    if (this.#kept.size <= KEPT_PACKETS) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  #payClock(source: Source): void {
    if (!this.#owesClock || source.lastClock === undefined) return;
    this.#owesClock = false;
    this.clock(source.lastClock);
  }

  /** The publisher's sender report, with this slot's SSRC, counts and time base. */
  clock(reading: ClockReading): void {
    const { peer, cname } = this.#options;
    if (!this.#enabled || !peer.open || this.#offset === undefined) return;
    this.#counts.senderReports += 1;
    const { sent: packets, octets } = this.#counts;
    const timestamp = (reading.timestamp + this.#offset.timestamp) >>> 0;
    peer.send(senderReport({ ...reading, timestamp, ssrc: this.ssrc, packets, octets, cname }));
  }

  resend(sequences: readonly number[]): void {
    const { peer, rtxSsrc } = this.#options;
    for (const sequence of sequences) {
      this.#counts.nacks += 1;
      const kept = this.#kept.get(sequence);
      if (kept === undefined) continue;
      this.#counts.resent += 1;
      if (kept.rtx === undefined || rtxSsrc === 0) peer.send(kept.packet);
      else peer.send(writeRtx(kept.packet, { payloadType: kept.rtx, ssrc: rtxSsrc, sequence: this.#rtxSequence++ }));
    }
  }

  requestKeyFrame(): void {
    this.#counts.keyRequests += 1;
    this.#source?.requestKeyFrame();
  }

  view(): Record<string, unknown> {
    return { ssrc: this.ssrc, enabled: this.#enabled, fed: this.#source !== undefined, ...this.#counts };
  }

  close(): void {
    this.feed(undefined);
  }
}
