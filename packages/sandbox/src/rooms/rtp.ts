/** RTP (RFC 3550) and its retransmission format (RFC 4588): only what a forwarding server needs. */

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, in ticks of the codec's clock (48 kHz audio, 90 kHz video). */
  readonly timestamp: number;
  readonly ssrc: number;
  /** Without padding. */
  readonly payload: Buffer;
}

const HEADER_BYTES = 12;

/** RTP and RTCP share a port; RFC 5761 tells them apart by the second byte. */
export const isRtcp = (packet: Buffer): boolean =>
  packet.length >= 8 && packet.readUInt8(1) >= 192 && packet.readUInt8(1) <= 223;

/** `undefined` when it is no RTP packet. `payload` is a view into `bytes`. */
export function readRtp(bytes: Buffer): RtpPacket | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  if (first >> 6 !== 2) return undefined;
  let start = HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (bytes.length < start + 4) return undefined;
    start += 4 + bytes.readUInt16BE(start + 2) * 4;
  }
  const end = (first & 0x20) === 0 ? bytes.length : bytes.length - bytes.readUInt8(bytes.length - 1);
  if (start > end) return undefined;
  return {
    payloadType: second & 0x7f,
    marker: second >> 7 === 1,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: bytes.subarray(start, end),
  };
}

export function writeRtp(packet: RtpPacket): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + packet.payload.length);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt8((packet.marker ? 0x80 : 0) | packet.payloadType, 1);
  bytes.writeUInt16BE(packet.sequence & 0xffff, 2);
  bytes.writeUInt32BE(packet.timestamp >>> 0, 4);
  bytes.writeUInt32BE(packet.ssrc >>> 0, 8);
  packet.payload.copy(bytes, HEADER_BYTES);
  return bytes;
}

/** The packet again under the RTX payload type and SSRC, its own sequence number first in the payload. */
export function writeRtx(original: Buffer, rtx: { payloadType: number; ssrc: number; sequence: number }): Buffer {
  const bytes = Buffer.allocUnsafe(original.length + 2);
  original.copy(bytes, 0, 0, HEADER_BYTES);
  bytes.writeUInt8((original.readUInt8(1) & 0x80) | rtx.payloadType, 1);
  bytes.writeUInt16BE(rtx.sequence & 0xffff, 2);
  bytes.writeUInt32BE(rtx.ssrc >>> 0, 8);
  original.copy(bytes, HEADER_BYTES, 2, 4);
  original.copy(bytes, HEADER_BYTES + 2, HEADER_BYTES);
  return bytes;
}

/** The original sequence number and payload of a retransmission; `undefined` for the padding sent to probe bandwidth. */
export function readRtx(packet: RtpPacket): { sequence: number; payload: Buffer } | undefined {
  if (packet.payload.length < 3) return undefined;
  return { sequence: packet.payload.readUInt16BE(0), payload: packet.payload.subarray(2) };
}

/** `a - b` on a 16-bit circle, as a signed number. */
export const sequenceDistance = (a: number, b: number): number => ((a - b) << 16) >> 16;
