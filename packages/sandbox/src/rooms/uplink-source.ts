import { startsKeyFrame, type MediaKind, type VideoCodec } from './codecs.ts';
import { MissingPackets } from './missing-packets.ts';
import { Reception } from './reception.ts';
import { negativeAcknowledgement, pictureLossIndication, type ClockReading, type ReportBlock } from './rtcp.ts';
import { readRtx, type RtpPacket } from './rtp.ts';
import { Source } from './source.ts';

/** Where feedback to the publisher goes, and which codec a payload type means there. */
export interface UplinkPeer {
  send(packet: Buffer): boolean;
  videoCodec(payloadType: number): VideoCodec;
}

/** SSRC under which the server speaks RTCP. */
export const SERVER_SSRC = 1;
/** A larger jump is a restart of the numbering, not loss. */
const LARGEST_HOLE = 100;
const KEY_REQUEST_EVERY_MS = 400;

/**
 * A stream arriving from a browser: asks for lost video packets again, keeps count for the receiver reports, and asks
 * for key frames. Publishers send a key frame when asked (and, with OpenH264, at scene changes), otherwise none.
 */
export class UplinkSource extends Source {
  readonly ssrc: number;
  readonly peer: UplinkPeer;
  readonly #reception = new Reception();
  readonly #missing = new MissingPackets();
  readonly #counts = { askedAgain: 0, recovered: 0, keyRequests: 0, senderReports: 0 };
  #lastKeyRequest = -Infinity;
  #keyRequestTimer: NodeJS.Timeout | undefined;

  constructor(kind: MediaKind, ssrc: number, peer: UplinkPeer) {
    super(kind);
    this.ssrc = ssrc;
    this.peer = peer;
  }

  receive(packet: RtpPacket): void {
    this.#missing.filled(packet.sequence);
    const skipped = this.#reception.count(packet.sequence);
    const now = performance.now();
    if (this.kind === 'video' && skipped.length < LARGEST_HOLE)
      for (const sequence of skipped) this.#missing.add(sequence, now);
    if (this.#missing.any) this.#askAgain(now);
    this.#forward(packet, packet.sequence, packet.payload);
  }

  /** A packet on the RTX SSRC: taken only when it was asked for (the rest is bandwidth probing). */
  receiveRtx(packet: RtpPacket): void {
    const original = readRtx(packet);
    if (original === undefined || !this.#missing.filled(original.sequence)) return;
    this.#reception.countRecovered();
    this.#counts.recovered += 1;
    // the codec of a retransmission is that of the stream: RTX payload types are not told apart
    this.#forward({ ...packet, payloadType: this.#lastPayloadType }, original.sequence, original.payload);
  }

  #lastPayloadType = 0;
  #forward(packet: RtpPacket, sequence: number, payload: Buffer): void {
    this.#lastPayloadType = packet.payloadType;
    const codec = this.kind === 'audio' ? 'opus' : this.peer.videoCodec(packet.payloadType);
    const { timestamp, marker } = packet;
    const isKey = codec !== 'opus' && startsKeyFrame(codec, payload);
    this.emit({ sequence, timestamp, marker, payload, codec, startsKeyFrame: isKey });
  }

  #askAgain(now: number): void {
    const due = this.#missing.due(now);
    if (due.length === 0) return;
    this.#counts.askedAgain += due.length;
    this.peer.send(negativeAcknowledgement(SERVER_SSRC, this.ssrc, due));
  }

  receiveReport(clock: ClockReading): void {
    this.#counts.senderReports += 1;
    this.#reception.heardReport(clock);
    this.emitClock(clock);
  }

  reportBlock(): ReportBlock | undefined {
    return this.#reception.block(this.ssrc);
  }

  override requestKeyFrame(): void {
    const wait = this.#lastKeyRequest + KEY_REQUEST_EVERY_MS - performance.now();
    if (wait > 0) {
      this.#keyRequestTimer ??= setTimeout(() => this.#sendKeyRequest(), wait);
      return;
    }
    this.#sendKeyRequest();
  }

  #sendKeyRequest(): void {
    clearTimeout(this.#keyRequestTimer);
    this.#keyRequestTimer = undefined;
    this.#lastKeyRequest = performance.now();
    this.#counts.keyRequests += 1;
    this.peer.send(pictureLossIndication(SERVER_SSRC, this.ssrc));
  }

  override view(): Record<string, unknown> {
    return { ...super.view(), ssrc: this.ssrc, received: this.#reception.received, ...this.#counts };
  }

  override close(): void {
    super.close();
    clearTimeout(this.#keyRequestTimer);
  }
}
