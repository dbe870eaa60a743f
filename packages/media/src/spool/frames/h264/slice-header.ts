import { BitReader } from './bits.ts';
import { NAL, nalRefIdc, nalType } from './nal.ts';
import type { Pps } from './pps.ts';
import type { Sps } from './sps.ts';

/** The part of a slice header that tells whether a picture is missing before it (H264, 7.3.3). */
export interface SliceHeader {
  readonly ppsId: number;
  /** I slice: refers to no other picture. */
  readonly intra: boolean;
  /** B slice: it may refer to pictures that are shown later. */
  readonly bidirectional: boolean;
  readonly idr: boolean;
  /** Other pictures refer to this one. */
  readonly reference: boolean;
  readonly frameNum: number;
  /** memory_management_control_operation 5: counting starts anew after this picture. */
  readonly resetsFrameNum: boolean;
}

const P = 0;
const B = 1;
const I = 2;
const SP = 3;
const SI = 4;

/** Finds the parameter sets a slice refers to; undefined when they never came. */
export type ParameterSetLookup = (ppsId: number) => { sps: Sps; pps: Pps } | undefined;

const skipRefPicListModification = (bits: BitReader): void => {
  if (!bits.flag()) return;
  while (bits.ue() !== 3) bits.ue();
};

const skipWeights = (bits: BitReader, count: number, chroma: boolean): void => {
  for (let index = 0; index < count; index += 1) {
    if (bits.flag()) {
      bits.se();
      bits.se();
    }
    if (chroma && bits.flag()) for (let value = 0; value < 4; value += 1) bits.se();
  }
};

const skipPoc = (bits: BitReader, sps: Sps, pps: Pps, field: boolean): void => {
  if (sps.pocType === 0) {
    bits.bits(sps.pocLsbBits);
    if (pps.bottomFieldPocPresent && !field) bits.se();
  }
  if (sps.pocType === 1 && !sps.deltaPocAlwaysZero) {
    bits.se();
    if (pps.bottomFieldPocPresent && !field) bits.se();
  }
};

const skipPrediction = (bits: BitReader, type: number, sps: Sps, pps: Pps): void => {
  if (type === B) bits.flag(); // direct_spatial_mv_pred_flag
  if (type === I || type === SI) return;
  let [l0, l1] = [pps.refIdxL0, pps.refIdxL1];
  if (bits.flag()) {
    l0 = bits.ue() + 1;
    if (type === B) l1 = bits.ue() + 1;
  }
  skipRefPicListModification(bits);
  if (type === B) skipRefPicListModification(bits);
  const weighted = (pps.weightedPrediction && type !== B) || (pps.weightedBipred === 1 && type === B);
  if (!weighted) return;
  const chroma = sps.chromaFormat !== 0 && !sps.separateColourPlanes;
  bits.ue(); // luma_log2_weight_denom
  if (chroma) bits.ue();
  skipWeights(bits, l0, chroma);
  if (type === B) skipWeights(bits, l1, chroma);
};

/** dec_ref_pic_marking of a picture that is no IDR: whether it holds operation 5. */
const readReset = (bits: BitReader): boolean => {
  if (!bits.flag()) return false;
  for (;;) {
    const operation = bits.ue();
    if (operation === 0) return false;
    if (operation === 5) return true;
    bits.ue();
    if (operation === 3) bits.ue();
  }
};

/**
 * Reads the header of a slice NAL unit. Undefined when its parameter sets are unknown; throws a RangeError when it is
 * damaged.
 */
export const parseSliceHeader = (nal: Uint8Array, lookup: ParameterSetLookup): SliceHeader | undefined => {
  const bits = new BitReader(nal, 1);
  bits.ue(); // first_mb_in_slice
  const type = bits.ue() % 5;
  const ppsId = bits.ue();
  const sets = lookup(ppsId);
  if (sets === undefined) return undefined;
  const { sps, pps } = sets;
  if (sps.separateColourPlanes) bits.bits(2);
  const frameNum = bits.bits(sps.frameNumBits);
  const field = !sps.frameMbsOnly && bits.flag();
  if (field) bits.flag(); // bottom_field_flag
  const idr = nalType(nal) === NAL.idr;
  const reference = nalRefIdc(nal) !== 0;
  const common = { ppsId, intra: type === I || type === SI, bidirectional: type === B, idr, reference, frameNum };
  if (idr || !reference || type > SI || (type !== P && type !== B && type !== I && type !== SP)) {
    return { ...common, resetsFrameNum: false };
  }
  skipPoc(bits, sps, pps, field);
  if (pps.redundantPicCntPresent) bits.ue();
  skipPrediction(bits, type, sps, pps);
  return { ...common, resetsFrameNum: readReset(bits) };
};
