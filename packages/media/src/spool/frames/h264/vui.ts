import { BitReader } from './bits.ts';
import { readSps } from './sps.ts';

/** Width of a pixel by its height. */
export interface PixelAspect {
  readonly num: number;
  readonly den: number;
}

/** How samples become colours (H264, E.2.1); 2 stands for "unspecified". */
export interface Colour {
  /** Luma from 0 to 255 instead of 16 to 235. */
  readonly fullRange: boolean;
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
}

/** What a sequence parameter set says about showing its frames. */
export interface Signal {
  readonly pixel: PixelAspect;
  /** Undefined where the set says nothing: limited range, colours as the player guesses. */
  readonly colour: Colour | undefined;
}

export const SQUARE: PixelAspect = { num: 1, den: 1 };
export const UNSPECIFIED = 2;
/** Frames of which nothing is said. */
export const PLAIN: Signal = { pixel: SQUARE, colour: undefined };
/** VP8 is BT.601 in limited range (RFC 6386, 9.2), and has square pixels. */
export const VP8_SIGNAL: Signal = {
  pixel: SQUARE,
  colour: { fullRange: false, primaries: UNSPECIFIED, transfer: UNSPECIFIED, matrix: 6 },
};

/** H264, table E-1: aspect_ratio_idc 1 to 16. */
const ASPECTS = [
  ...['1:1', '12:11', '10:11', '16:11', '40:33', '24:11', '20:11', '32:11', '80:33', '18:11', '15:11', '64:33'],
  ...['160:99', '4:3', '3:2', '2:1'],
];
const EXTENDED_SAR = 255;

const readAspect = (bits: BitReader): PixelAspect => {
  if (!bits.flag()) return SQUARE;
  const idc = bits.bits(8);
  const [num = 0, den = 0] =
    idc === EXTENDED_SAR ? [bits.bits(16), bits.bits(16)] : (ASPECTS[idc - 1] ?? '1:1').split(':').map(Number);
  return num > 0 && den > 0 ? { num, den } : SQUARE;
};

const readColour = (bits: BitReader): Colour | undefined => {
  if (!bits.flag()) return undefined;
  bits.bits(3); // video_format
  const fullRange = bits.flag();
  const described = bits.flag();
  const read = () => (described ? bits.bits(8) : UNSPECIFIED);
  return { fullRange, primaries: read(), transfer: read(), matrix: read() };
};

/** Reads the VUI up to timing_info_present_flag (H264, E.1.1). */
export const readSignal = (bits: BitReader): Signal => {
  const pixel = readAspect(bits);
  if (bits.flag()) bits.flag(); // overscan
  const colour = readColour(bits);
  if (bits.flag()) {
    bits.ue(); // chroma sample positions
    bits.ue();
  }
  return { pixel, colour };
};

/** What an SPS NAL unit says; a damaged one says nothing. */
export const signalOf = (sps: Uint8Array): Signal => {
  const bits = new BitReader(sps, 1);
  try {
    readSps(bits);
    return bits.flag() ? readSignal(bits) : PLAIN;
  } catch (error) {
    if (error instanceof RangeError) return PLAIN;
    throw error;
  }
};
