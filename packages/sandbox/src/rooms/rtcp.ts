/** RTCP: sender and receiver reports (RFC 3550), feedback (RFC 4585, 5104), REMB. */

const TYPE = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  transportFeedback: 205,
  payloadFeedback: 206,
};

/** A reading of a sender's clock: the NTP wall time at which `timestamp` was (or would have been) sampled. */
export interface ClockReading {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  /** RTP time, 32 bits. */
  readonly timestamp: number;
}

export type RtcpMessage =
  | { readonly type: 'sender-report'; readonly ssrc: number; readonly clock: ClockReading }
  | { readonly type: 'nack'; readonly media: number; readonly sequences: number[] }
  | { readonly type: 'key-request'; readonly media: number };

/** What matters to a forwarding server in a (compound) RTCP packet. */
export function readRtcp(bytes: Buffer): RtcpMessage[] {
  const messages: RtcpMessage[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = (bytes.readUInt16BE(at + 2) + 1) * 4;
    const message = readOne(bytes.subarray(at, at + length));
    if (message !== undefined) messages.push(message);
    at += length;
  }
  return messages;
}

function readOne(body: Buffer): RtcpMessage | undefined {
  const count = body.readUInt8(0) & 0x1f;
  const type = body.readUInt8(1);
  if (type === TYPE.senderReport && body.length >= 28) {
    const clock = {
      ntpSeconds: body.readUInt32BE(8),
      ntpFraction: body.readUInt32BE(12),
      timestamp: body.readUInt32BE(16),
    };
    return { type: 'sender-report', ssrc: body.readUInt32BE(4), clock };
  }
  if (body.length < 12) return undefined;
  if (type === TYPE.transportFeedback && count === 1)
    return { type: 'nack', media: body.readUInt32BE(8), sequences: nackedSequences(body) };
  if (type === TYPE.payloadFeedback && count === 1) return { type: 'key-request', media: body.readUInt32BE(8) };
  if (type === TYPE.payloadFeedback && count === 4 && body.length >= 16)
    return { type: 'key-request', media: body.readUInt32BE(12) };
  return undefined;
}

function nackedSequences(body: Buffer): number[] {
  const sequences: number[] = [];
  for (let at = 12; at + 4 <= body.length; at += 4) {
    const first = body.readUInt16BE(at);
    const following = body.readUInt16BE(at + 2);
    sequences.push(first);
    for (let bit = 0; bit < 16; bit += 1)
      if (((following >> bit) & 1) === 1) sequences.push((first + bit + 1) & 0xffff);
  }
  return sequences;
}

/** Asks a sender for a key frame (PLI). */
export function pictureLossIndication(sender: number, media: number): Buffer {
  const bytes = feedbackHeader(TYPE.payloadFeedback, 1, 12, sender);
  bytes.writeUInt32BE(media >>> 0, 8);
  return bytes;
}

/** Asks a sender for packets again (generic NACK). */
export function negativeAcknowledgement(sender: number, media: number, sequences: readonly number[]): Buffer {
  const items: { first: number; following: number }[] = [];
  for (const sequence of [...sequences].sort((a, b) => a - b)) {
    const last = items.at(-1);
    const distance = last === undefined ? 0 : (sequence - last.first) & 0xffff;
    if (last !== undefined && distance >= 1 && distance <= 16) last.following |= 1 << (distance - 1);
    else items.push({ first: sequence, following: 0 });
  }
  const bytes = feedbackHeader(TYPE.transportFeedback, 1, 12 + items.length * 4, sender);
  bytes.writeUInt32BE(media >>> 0, 8);
  items.forEach(({ first, following }, index) => {
    bytes.writeUInt16BE(first, 12 + index * 4);
    bytes.writeUInt16BE(following, 14 + index * 4);
  });
  return bytes;
}

function feedbackHeader(type: number, count: number, length: number, sender: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt8(0x80 | count, 0);
  bytes.writeUInt8(type, 1);
  bytes.writeUInt16BE(length / 4 - 1, 2);
  bytes.writeUInt32BE(sender >>> 0, 4);
  return bytes;
}

const NTP_EPOCH_OFFSET_S = 2_208_988_800;

/** Now as an NTP time, with the resolution of the monotonic clock. */
export function ntpNow(): { ntpSeconds: number; ntpFraction: number } {
  const ms = performance.timeOrigin + performance.now();
  const seconds = Math.floor(ms / 1000);
  return {
    ntpSeconds: (seconds + NTP_EPOCH_OFFSET_S) >>> 0,
    ntpFraction: Math.floor((ms / 1000 - seconds) * 4_294_967_296) >>> 0,
  };
}

/** The wall time of a reading, ms since the Unix epoch. */
export const ntpMs = ({ ntpSeconds, ntpFraction }: ClockReading): number =>
  (ntpSeconds - NTP_EPOCH_OFFSET_S + ntpFraction / 4_294_967_296) * 1000;

export interface SenderReport extends ClockReading {
  readonly ssrc: number;
  readonly packets: number;
  readonly octets: number;
  readonly cname: string;
}

/** A sender report with the canonical name behind it, as RFC 3550 wants it. */
export function senderReport(report: SenderReport): Buffer {
  const bytes = feedbackHeader(TYPE.senderReport, 0, 28, report.ssrc);
  bytes.writeUInt32BE(report.ntpSeconds >>> 0, 8);
  bytes.writeUInt32BE(report.ntpFraction >>> 0, 12);
  bytes.writeUInt32BE(report.timestamp >>> 0, 16);
  bytes.writeUInt32BE(report.packets >>> 0, 20);
  bytes.writeUInt32BE(report.octets >>> 0, 24);
  const name = Buffer.from(report.cname).subarray(0, 255);
  const description = feedbackHeader(TYPE.sourceDescription, 1, Math.ceil((11 + name.length) / 4) * 4, report.ssrc);
  description.writeUInt8(1, 8);
  description.writeUInt8(name.length, 9);
  name.copy(description, 10);
  return Buffer.concat([bytes, description]);
}

export interface ReportBlock {
  readonly ssrc: number;
  /** Fraction lost since the last report, of 256. */
  readonly fraction: number;
  readonly lost: number;
  /** Extended highest sequence number. */
  readonly highest: number;
  /** The middle 32 bits of the last sender report's NTP time, and the delay since, in 1/65536 s. */
  readonly lastReport: number;
  readonly sinceLastReport: number;
}

/**
 * A receiver report with a REMB behind it. Without transport-wide feedback this pair, once a second, is enough for
 * Chromium's congestion control: the send rate rises to the profile's rate at once.
 */
export function receiverReport(sender: number, blocks: readonly ReportBlock[], bitrate: number): Buffer {
  const report = feedbackHeader(TYPE.receiverReport, blocks.length, 8 + blocks.length * 24, sender);
  blocks.forEach((block, index) => {
    const at = 8 + index * 24;
    report.writeUInt32BE(block.ssrc >>> 0, at);
    report.writeUInt8(block.fraction & 0xff, at + 4);
    report.writeUIntBE(Math.max(0, Math.min(block.lost, 0x7fffff)), at + 5, 3);
    report.writeUInt32BE(block.highest >>> 0, at + 8);
    report.writeUInt32BE(block.lastReport >>> 0, at + 16);
    report.writeUInt32BE(block.sinceLastReport >>> 0, at + 20);
  });
  return Buffer.concat([report, maximumBitrate(sender, blocks, bitrate)]);
}

function maximumBitrate(sender: number, blocks: readonly ReportBlock[], bitrate: number): Buffer {
  const bytes = feedbackHeader(TYPE.payloadFeedback, 15, 20 + blocks.length * 4, sender);
  bytes.write('REMB', 12, 'ascii');
  let exponent = 0;
  let mantissa = bitrate;
  for (; mantissa > 0x3ffff; exponent += 1) mantissa = Math.floor(mantissa / 2);
  bytes.writeUInt8(blocks.length, 16);
  bytes.writeUInt8((exponent << 2) | (mantissa >> 16), 17);
  bytes.writeUInt16BE(mantissa & 0xffff, 18);
  blocks.forEach((block, index) => bytes.writeUInt32BE(block.ssrc >>> 0, 20 + index * 4));
  return bytes;
}
