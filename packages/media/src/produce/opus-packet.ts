export { isOpusPacket, OPUS_RATE, opusHead, opusPacketTicks as packetTicks } from '../spool/frames/opus.ts';

/** Opus packets as RFC 6716 has them: what their first byte (TOC) says, and packets that fill time. Ticks are 48 kHz. */

/** The shortest Opus frame: 2.5 ms. All others are multiples of it. */
export const SHORTEST_TICKS = 120;

/** CELT frames of 2.5, 5, 10 and 20 ms. */
const CELT_TICKS = [120, 240, 480, 960];
/** Configuration of CELT full band at 2.5 ms; 5, 10 and 20 ms follow (RFC 6716, table 2). */
const CELT_FULL_BAND = 28;
const STEREO_BIT = 0x04;

export const isStereo = (packet: Uint8Array): boolean => ((packet[0] ?? 0) & STEREO_BIT) !== 0;

/** Sent while nobody speaks (DTX): the frame has no or hardly any content (RFC 6716, 2.1.9). */
export const isDtx = (packet: Uint8Array): boolean => packet.length <= 2;

const celtToc = (ticks: number, stereo: boolean): number =>
  ((CELT_FULL_BAND + CELT_TICKS.indexOf(ticks)) << 3) | (stereo ? STEREO_BIT : 0);

/** A packet that decodes to silence, as WebRTC senders use it; `ticks` is 120, 240, 480 or 960. */
export const silencePacket = (ticks: number, stereo: boolean): Uint8Array =>
  Uint8Array.of(celtToc(ticks, stereo), 0xff, 0xfe);

/** A packet of an empty frame: the decoder conceals it, or goes on with comfort noise (RFC 6716, 2.1.7 and 2.1.9). */
export const concealmentPacket = (ticks: number, stereo: boolean): Uint8Array => Uint8Array.of(celtToc(ticks, stereo));

/** The frame sizes, longest first, that fill `ticks`; less than a shortest frame stays unfilled. */
export const fillerSizes = function* (ticks: number): Generator<number> {
  let left = ticks;
  for (const size of CELT_TICKS.toReversed()) {
    for (; left >= size; left -= size) yield size;
  }
};
