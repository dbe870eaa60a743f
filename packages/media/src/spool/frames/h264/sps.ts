import { BitReader } from './bits.ts';

/** What a sequence parameter set says that this product needs (H264, 7.3.2.1.1). */
export interface Sps {
  readonly id: number;
  /** profile_idc, constraint flags, level_idc: the three bytes of an `avc1.PPCCLL` codec string. */
  readonly profile: number;
  readonly constraints: number;
  readonly level: number;
  /** frame_num counts modulo 2 to this power. */
  readonly frameNumBits: number;
  /** Holes in frame_num may be the sender's intention (left out temporal layers). */
  readonly gapsAllowed: boolean;
  readonly chromaFormat: number;
  readonly separateColourPlanes: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly frameMbsOnly: boolean;
  readonly pocType: number;
  readonly pocLsbBits: number;
  readonly deltaPocAlwaysZero: boolean;
  /** Pixels shown, after cropping. */
  readonly width: number;
  readonly height: number;
}

const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

const skipScalingList = (bits: BitReader, size: number): void => {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index += 1) {
    if (next !== 0) next = (last + bits.se() + 256) % 256;
    last = next === 0 ? last : next;
  }
};

type Chroma = Pick<Sps, 'chromaFormat' | 'separateColourPlanes' | 'bitDepthLuma' | 'bitDepthChroma'>;

const USUAL_CHROMA: Chroma = { chromaFormat: 1, separateColourPlanes: false, bitDepthLuma: 8, bitDepthChroma: 8 };

const readChroma = (bits: BitReader): Chroma => {
  const chromaFormat = bits.ue();
  const separateColourPlanes = chromaFormat === 3 && bits.flag();
  const bitDepthLuma = bits.ue() + 8;
  const bitDepthChroma = bits.ue() + 8;
  bits.flag(); // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    const lists = chromaFormat === 3 ? 12 : 8;
    for (let index = 0; index < lists; index += 1) if (bits.flag()) skipScalingList(bits, index < 6 ? 16 : 64);
  }
  return { chromaFormat, separateColourPlanes, bitDepthLuma, bitDepthChroma };
};

type Poc = Pick<Sps, 'pocType' | 'pocLsbBits' | 'deltaPocAlwaysZero'>;

const readPoc = (bits: BitReader): Poc => {
  const pocType = bits.ue();
  if (pocType === 0) return { pocType, pocLsbBits: bits.ue() + 4, deltaPocAlwaysZero: false };
  if (pocType !== 1) return { pocType, pocLsbBits: 0, deltaPocAlwaysZero: false };
  const deltaPocAlwaysZero = bits.flag();
  bits.se(); // offset_for_non_ref_pic
  bits.se(); // offset_for_top_to_bottom_field
  const cycle = bits.ue();
  for (let index = 0; index < cycle; index += 1) bits.se();
  return { pocType, pocLsbBits: 0, deltaPocAlwaysZero };
};

const readSize = (bits: BitReader, chroma: Chroma): Pick<Sps, 'frameMbsOnly' | 'width' | 'height'> => {
  const widthMbs = bits.ue() + 1;
  const heightUnits = bits.ue() + 1;
  const frameMbsOnly = bits.flag();
  if (!frameMbsOnly) bits.flag(); // mb_adaptive_frame_field_flag
  bits.flag(); // direct_8x8_inference_flag
  const rows = frameMbsOnly ? 1 : 2;
  const cropped = bits.flag();
  const [left, right, top, bottom] = cropped ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  const chromaArrayType = chroma.separateColourPlanes ? 0 : chroma.chromaFormat;
  const unitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1;
  const unitY = (chromaArrayType === 1 ? 2 : 1) * rows;
  return {
    frameMbsOnly,
    width: widthMbs * 16 - (left + right) * unitX,
    height: heightUnits * 16 * rows - (top + bottom) * unitY,
  };
};

/** Reads an SPS up to its VUI. `bits` stands behind the NAL unit's header. */
export const readSps = (bits: BitReader): Sps => {
  const [profile, constraints, level] = [bits.bits(8), bits.bits(8), bits.bits(8)];
  const id = bits.ue();
  const chroma = HIGH_PROFILES.has(profile) ? readChroma(bits) : USUAL_CHROMA;
  const frameNumBits = bits.ue() + 4;
  const poc = readPoc(bits);
  bits.ue(); // max_num_ref_frames
  const gapsAllowed = bits.flag();
  const size = readSize(bits, chroma);
  if (id > 31 || frameNumBits > 16 || size.width <= 0 || size.height <= 0) throw new RangeError('implausible SPS');
  return { id, profile, constraints, level, frameNumBits, gapsAllowed, ...chroma, ...poc, ...size };
};

/** Reads an SPS NAL unit; throws a RangeError when it is damaged. */
export const parseSps = (nal: Uint8Array): Sps => readSps(new BitReader(nal, 1));
