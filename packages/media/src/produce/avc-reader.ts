import type { Piece } from '../plan/file-plan.ts';
import { joinWithLengths, nalType, NAL, splitAnnexB, splitLengthPrefixed } from './nal-units.ts';
import { noSets, parseAvcConfiguration, setsOf, type ParameterSets } from './parameter-sets.ts';
import { isReadableSei } from './sei.ts';
import { readFrames, readHeader, type SegmentFrame } from './segment-reader.ts';
import { withoutTiming } from './sps-timing.ts';
import type { Workshop } from './workshop.ts';

const startsWithCode = ([first, second, third, fourth]: Uint8Array): boolean =>
  first === 0 && second === 0 && (third === 1 || (third === 0 && fourth === 1));

/** forbidden_zero_bit is 0, and no encoder uses type 0 (H264, 7.4.1). */
const isUnit = ([header = 0]: Uint8Array): boolean => header < 0x80 && nalType(Uint8Array.of(header)) !== 0;

/** The NAL units of a frame: with length prefixes as we write them, or as they came (Annex B). None when it is damaged. */
const splitUnits = (data: Uint8Array): Uint8Array[] => {
  const prefixed = splitLengthPrefixed(data);
  const isWhole = prefixed.reduce((sum, unit) => sum + 4 + unit.length, 0) === data.length;
  const units = isWhole ? prefixed : startsWithCode(data) ? splitAnnexB(data) : [];
  return units.every(isUnit) ? units.filter((unit) => nalType(unit) !== NAL.sei || isReadableSei(unit)) : [];
};

/** The parameter sets a segment's header has. */
const setsInHeader = async (piece: Piece, spoolDir: string): Promise<ParameterSets> => {
  const { codecPrivate } = await readHeader(piece, spoolDir);
  return codecPrivate === undefined ? noSets : parseAvcConfiguration(codecPrivate);
};

/** A set in the frame without its other half would be of no use. */
const startsDecoder = (units: readonly Uint8Array[]): boolean =>
  [NAL.sps, NAL.pps].every((type) => units.some((unit) => nalType(unit) === type));

/**
 * The frames of an H264 segment with length prefixes of 4 bytes. The slices are untouched; a segment that keeps its
 * parameter sets in its header gets them before its first key frame, so that each segment starts a decoder by itself.
 */
export async function* readAvcFrames(piece: Piece, { spoolDir }: Workshop): AsyncGenerator<SegmentFrame> {
  const sets = await setsInHeader(piece, spoolDir);
  let started = false;
  let damaged = false;
  for await (const frame of readFrames(piece, spoolDir)) {
    const units = splitUnits(frame.data).map(withoutTiming);
    damaged ||= frame.afterDamage || units.length === 0;
    started &&= units.length > 0;
    const key = frame.key || units.some((unit) => nalType(unit) === NAL.idr);
    // Without a key frame before it a frame cannot be shown.
    if (units.length === 0 || (!started && !key)) continue;
    const missing = !started && !startsDecoder(units) ? [...sets.sps.map(withoutTiming), ...sets.pps] : [];
    yield { ...frame, key, afterDamage: damaged, data: joinWithLengths([...missing, ...units]) };
    started = true;
    damaged = false;
  }
}

/** The parameter sets a segment starts with: in its header, or with its first key frame. */
export async function readParameterSets(piece: Piece, workshop: Workshop): Promise<ParameterSets> {
  for await (const frame of workshop.tolerate(piece, readAvcFrames(piece, workshop)))
    return setsOf(splitLengthPrefixed(frame.data));
  return noSets;
}
