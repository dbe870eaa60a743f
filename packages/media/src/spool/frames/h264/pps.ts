import { BitReader } from './bits.ts';

/** What a picture parameter set says that a slice header cannot be read without (H264, 7.3.2.2). */
export interface Pps {
  readonly id: number;
  readonly spsId: number;
  readonly bottomFieldPocPresent: boolean;
  readonly refIdxL0: number;
  readonly refIdxL1: number;
  readonly weightedPrediction: boolean;
  readonly weightedBipred: number;
  readonly redundantPicCntPresent: boolean;
}

/** Reads a PPS NAL unit; throws a RangeError when it is damaged or uses slice groups, which no real-time sender does. */
export const parsePps = (nal: Uint8Array): Pps => {
  const bits = new BitReader(nal, 1);
  const id = bits.ue();
  const spsId = bits.ue();
  bits.flag(); // entropy_coding_mode_flag
  const bottomFieldPocPresent = bits.flag();
  if (bits.ue() > 0) throw new RangeError('slice groups are not supported');
  const refIdxL0 = bits.ue() + 1;
  const refIdxL1 = bits.ue() + 1;
  const weightedPrediction = bits.flag();
  const weightedBipred = bits.bits(2);
  bits.se(); // pic_init_qp_minus26
  bits.se(); // pic_init_qs_minus26
  bits.se(); // chroma_qp_index_offset
  bits.flag(); // deblocking_filter_control_present_flag
  bits.flag(); // constrained_intra_pred_flag
  const redundantPicCntPresent = bits.flag();
  if (id > 255 || spsId > 31) throw new RangeError('implausible PPS');
  return {
    id,
    spsId,
    bottomFieldPocPresent,
    refIdxL0,
    refIdxL1,
    weightedPrediction,
    weightedBipred,
    redundantPicCntPresent,
  };
};
