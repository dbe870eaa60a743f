/** Samples of 48 kHz in one frame by the upper five bits of the TOC byte (RFC 6716, table 2). */
const frameSamples = (config: number): number => {
  if (config < 12) return [480, 960, 1920, 2880][config % 4] ?? 960;
  if (config < 16) return config % 2 === 0 ? 480 : 960;
  return [120, 240, 480, 960][config % 4] ?? 960;
};

/** How long an Opus packet plays, in ticks of 48 kHz, from its TOC byte (RFC 6716, 3.1); 0 when it is empty. */
export const opusPacketTicks = (packet: Uint8Array): number => {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 1) & 0x3f;
  return frameSamples(toc >> 3) * frames;
};

/** The longest frame, bytes, and the longest packet, ticks (RFC 6716, 3.4). */
const LONGEST_FRAME = 1275;
const LONGEST_PACKET = 5760;

/** The bytes of a frame's length and what they say (RFC 6716, 3.2.1); undefined when they are cut off. */
const readLength = (packet: Uint8Array, at: number): { bytes: number; length: number } | undefined => {
  const [first, second] = [packet[at], packet[at + 1]];
  if (first === undefined || (first >= 252 && second === undefined)) return undefined;
  return first < 252 ? { bytes: 1, length: first } : { bytes: 2, length: first + 4 * (second ?? 0) };
};

/** Where the padding's length ends and how long the padding is (RFC 6716, 3.2.5). */
const readPadding = (packet: Uint8Array): { at: number; padding: number } => {
  let at = 2;
  let padding = 0;
  if (((packet[1] ?? 0) & 0x40) === 0) return { at, padding };
  for (;;) {
    const byte = packet[at] ?? 0;
    at += 1;
    padding += byte === 255 ? 254 : byte;
    if (byte !== 255) return { at, padding };
  }
};

/** A packet of any number of frames (code 3). */
const isSoundRow = (packet: Uint8Array): boolean => {
  const frames = (packet[1] ?? 0) & 0x3f;
  if (frames === 0 || opusPacketTicks(packet) > LONGEST_PACKET) return false;
  const { at: begin, padding } = readPadding(packet);
  let at = begin;
  let left = packet.length - padding;
  if (((packet[1] ?? 0) & 0x80) === 0) {
    left -= at;
    return left >= 0 && left % frames === 0 && left / frames <= LONGEST_FRAME;
  }
  for (let frame = 1; frame < frames; frame += 1) {
    const read = readLength(packet, at);
    if (read === undefined) return false;
    at += read.bytes;
    left -= read.length;
  }
  return left - at >= 0 && left - at <= LONGEST_FRAME;
};

/** Whether a packet keeps to the form of RFC 6716, 3.4. Then a decoder makes sound of it, whatever its bytes are. */
export const isOpusPacket = (packet: Uint8Array): boolean => {
  const left = packet.length - 1;
  if (left < 0) return false;
  switch ((packet[0] ?? 0) & 3) {
    case 0:
      return left <= LONGEST_FRAME;
    case 1:
      return left % 2 === 0 && left / 2 <= LONGEST_FRAME;
    case 2: {
      const first = readLength(packet, 1);
      return (
        first !== undefined && first.length <= left - first.bytes && left - first.bytes - first.length <= LONGEST_FRAME
      );
    }
    default:
      return packet.length >= 2 && isSoundRow(packet);
  }
};

/** Whatever an encoder took, Opus' clock runs at 48 kHz (RFC 7587). */
export const OPUS_RATE = 48_000;

/** The identification header (RFC 7845, 5.1). No pre-skip: a stream cut out of a call has none, its time is the wall's. */
export const opusHead = (channels: number): Uint8Array => {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head.writeUInt8(1, 8);
  head.writeUInt8(channels, 9);
  head.writeUInt32LE(OPUS_RATE, 12);
  return head;
};
