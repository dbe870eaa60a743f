import { BitReader } from './bits.ts';
import { parseSps } from './sps.ts';

/** The parameter sets of an H264 stream, as NAL units. Frames name them by id, so sets of several encoders fit in one. */
export interface SetUnits {
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}

/** The first numbers of a NAL unit from a byte on; -1 where it is damaged. */
const numbersAt = (unit: Uint8Array, from: number, count: number): number[] => {
  const bits = new BitReader(unit, from);
  try {
    return Array.from({ length: count }, () => bits.ue());
  } catch {
    return Array<number>(count).fill(-1);
  }
};

/** seq_parameter_set_id follows profile, constraints and level (H264, 7.3.2.1.1). */
export const spsId = (unit: Uint8Array): number => numbersAt(unit, 4, 1)[0] ?? -1;
export const ppsId = (unit: Uint8Array): number => numbersAt(unit, 1, 1)[0] ?? -1;
/** The SPS a PPS refers to. */
const spsIdOf = (pps: Uint8Array): number => numbersAt(pps, 1, 2)[1] ?? -1;

/** As many as the record can count; any more have to travel with their frames. */
const MAX_SPS = 31;
const MAX_PPS = 255;

/** Baseline, Main and Extended end their record early. */
const WITHOUT_EXTENSION = new Set([66, 77, 88]);

const extension = (sps: Uint8Array): Uint8Array => {
  const { chromaFormat, bitDepthLuma, bitDepthChroma } = parseSps(sps);
  return Uint8Array.of(0xfc | chromaFormat, 0xf8 | (bitDepthLuma - 8), 0xf8 | (bitDepthChroma - 8), 0);
};

/** What decodes all of it: the highest profile and level, and of the constraints those that all keep to. */
const demands = (sps: readonly Uint8Array[]): [profile: number, constraints: number, level: number] => [
  Math.max(...sps.map((unit) => unit[1] ?? 66)),
  sps.reduce((all, unit) => all & (unit[2] ?? 0), 0xff),
  Math.max(...sps.map((unit) => unit[3] ?? 0)),
];

const withLength = (unit: Uint8Array): Uint8Array[] => [Uint8Array.of(unit.length >> 8, unit.length & 0xff), unit];

/**
 * AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1), lengths of 4 bytes. No PPS without its SPS: ffmpeg refuses a
 * record that has one.
 */
export const avcConfiguration = (sets: SetUnits): Uint8Array => {
  const sps = sets.sps.slice(0, MAX_SPS);
  if (sps.length === 0) throw new RangeError('an H264 configuration needs a sequence parameter set');
  const ids = new Set(sps.map(spsId));
  const pps = sets.pps.filter((unit) => ids.has(spsIdOf(unit))).slice(0, MAX_PPS);
  const extended = sps.find((unit) => !WITHOUT_EXTENSION.has(unit[1] ?? 66));
  return Buffer.concat([
    Uint8Array.of(1, ...demands(sps), 0xff, 0xe0 | sps.length),
    ...sps.flatMap(withLength),
    Uint8Array.of(pps.length),
    ...pps.flatMap(withLength),
    ...(extended === undefined ? [] : [extension(extended)]),
  ]);
};

/** The codec string of RFC 6381, such as `avc1.42e01f`. */
export const avcCodecString = ({ sps }: SetUnits): string => `avc1.${Buffer.from(demands(sps)).toString('hex')}`;
