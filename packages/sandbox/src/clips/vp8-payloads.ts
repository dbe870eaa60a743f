/** VP8 in RTP (RFC 7741), from an IVF file. */

const IVF_HEADER_BYTES = 32;
const IVF_FRAME_HEADER_BYTES = 12;

/** The frames of an IVF file. */
export function ivfFrames(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = IVF_HEADER_BYTES; at + IVF_FRAME_HEADER_BYTES <= file.length;) {
    const start = at + IVF_FRAME_HEADER_BYTES;
    const end = start + file.readUInt32LE(at);
    frames.push(file.subarray(start, end));
    at = end;
  }
  return frames;
}

/**
 * A frame cut into payloads behind the smallest descriptor: one byte, whose S bit marks the first packet of the frame.
 * The picture id is left out; receivers then go by timestamp and sequence number.
 */
export function vp8Payloads(frame: Buffer, mtu: number): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < frame.length; at += mtu - 1)
    payloads.push(Buffer.concat([Buffer.from([at === 0 ? 0x10 : 0x00]), frame.subarray(at, at + mtu - 1)]));
  return payloads;
}
