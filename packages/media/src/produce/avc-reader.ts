import type { Piece } from '../plan/file-plan.ts';
import { joinWithLengths, nalType, NAL, splitAnnexB, splitLengthPrefixed } from './nal-units.ts';
import { ActiveSets, noSets, parseAvcConfiguration, setsOf, type ParameterSets } from './parameter-sets.ts';
import { isReadableSei } from './sei.ts';
import { readFrames, readHeader, type SegmentFrame } from './segment-reader.ts';
import { withoutTiming } from './sps-timing.ts';
import type { Workshop } from './workshop.ts';

const startsWithCode = ([first, second, third, fourth]: Uint8Array): boolean =>
  first === 0 && second === 0 && (third === 1 || (third === 0 && fourth === 1));

/** Types a decoder has no use for and skips: reserved and unspecified ones (H264, table 7-1). */
const IGNORED_TYPES = new Set([0, 17, 18, 22, 23, ...Array.from({ length: 8 }, (_, index) => 24 + index)]);

/** forbidden_zero_bit is 0 (H264, 7.4.1). Programs complain of messages that they can't read. */
const isUseful = (unit: Uint8Array): boolean =>
  (unit[0] ?? 0xff) < 0x80 && !IGNORED_TYPES.has(nalType(unit)) && (nalType(unit) !== NAL.sei || isReadableSei(unit));

const isSlice = (unit: Uint8Array): boolean => nalType(unit) >= NAL.slice && nalType(unit) <= NAL.idr;

/**
 * The NAL units of a frame that a decoder uses: with length prefixes as we write them, or as they came (Annex B). None when
 * the frame is damaged. If one of several slices is damaged, the decoder reports it later.
 */
const splitUnits = (data: Uint8Array): Uint8Array[] => {
  const prefixed = splitLengthPrefixed(data);
  const isWhole = prefixed.reduce((sum, unit) => sum + 4 + unit.length, 0) === data.length;
  const units = (isWhole ? prefixed : startsWithCode(data) ? splitAnnexB(data) : []).filter(isUseful);
  return units.some(isSlice) ? units : [];
};

/** The parameter sets a segment's header has. */
const setsInHeader = async (piece: Piece, spoolDir: string): Promise<ParameterSets> => {
  const { codecPrivate } = await readHeader(piece, spoolDir);
  const sets = codecPrivate === undefined ? noSets : parseAvcConfiguration(codecPrivate);
  return { sps: sets.sps.map(withoutTiming), pps: sets.pps };
};

/**
 * The frames of an H264 segment with length prefixes of 4 bytes. The slices are untouched. Every key frame carries the
 * parameter sets it is decoded with: senders may send them once only, and later others under the same id, so a decoder that
 * jumps to a key frame may have the wrong ones.
 */
export async function* readAvcFrames(piece: Piece, { spoolDir }: Workshop): AsyncGenerator<SegmentFrame> {
  const active = new ActiveSets(await setsInHeader(piece, spoolDir));
  let started = false;
  let damaged = false;
  for await (const frame of readFrames(piece, spoolDir)) {
    const units = splitUnits(frame.data).map(withoutTiming);
    active.update(units);
    damaged ||= frame.afterDamage || units.length === 0;
    started &&= units.length > 0;
    const key = frame.key || units.some((unit) => nalType(unit) === NAL.idr);
    // Without a key frame before it a frame cannot be shown.
    if (units.length === 0 || (!started && !key)) continue;
    yield { ...frame, key, afterDamage: damaged, data: joinWithLengths(key ? active.addTo(units) : units) };
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
