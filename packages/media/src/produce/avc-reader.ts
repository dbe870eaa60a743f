import type { Piece } from '../plan/file-plan.ts';
import { joinWithLengths, nalType, NAL, splitAnnexB, splitLengthPrefixed } from './nal-units.ts';
import { noSets, parseAvcConfiguration, setsOf, type ParameterSets } from './parameter-sets.ts';
import { readFrames, readHeader, type SegmentFrame } from './segment-reader.ts';
import { withoutTiming } from './sps-timing.ts';
import type { Workshop } from './workshop.ts';

type Split = (data: Uint8Array) => Uint8Array[];

/** How a segment wraps its NAL units, and the parameter sets its header has. */
const readWrapping = async (piece: Piece, spoolDir: string): Promise<{ split: Split; sets: ParameterSets }> => {
  const { description } = await readHeader(piece, spoolDir);
  if (description === undefined) return { split: splitAnnexB, sets: noSets };
  const { lengthSize, sets } = parseAvcConfiguration(description);
  return { split: (data) => splitLengthPrefixed(data, lengthSize), sets };
};

const startsDecoder = (units: readonly Uint8Array[]): boolean =>
  [NAL.sps, NAL.pps].every((type) => units.some((unit) => nalType(unit) === type));

/**
 * The frames of an H264 segment with length prefixes of 4 bytes. The slices are untouched; a segment that keeps its
 * parameter sets in its header gets them before its first key frame, so that each segment starts a decoder by itself.
 */
export async function* readAvcFrames(piece: Piece, { spoolDir }: Workshop): AsyncGenerator<SegmentFrame> {
  const { split, sets } = await readWrapping(piece, spoolDir);
  let started = false;
  for await (const frame of readFrames(piece, spoolDir)) {
    const units = split(frame.data).map(withoutTiming);
    const key = frame.key || units.some((unit) => nalType(unit) === NAL.idr);
    const missing = !started && key && !startsDecoder(units) ? [...sets.sps.map(withoutTiming), ...sets.pps] : [];
    started ||= key;
    // Without a key frame before it a frame cannot be shown.
    if (started) yield { ...frame, key, data: joinWithLengths([...missing, ...units]) };
  }
}

/** The parameter sets a segment starts with: in its header, or with its first key frame. */
export async function readParameterSets(piece: Piece, workshop: Workshop): Promise<ParameterSets> {
  for await (const frame of workshop.tolerate(piece, readAvcFrames(piece, workshop)))
    return setsOf(splitLengthPrefixed(frame.data));
  return noSets;
}
