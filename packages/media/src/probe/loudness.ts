import { holes, union, type Stretch } from '../timeline/stretch.ts';

/**
 * ffmpeg filters that print how loud each second is, at 48 kHz, and pass the sound on unchanged. What they print goes to
 * the standard output.
 */
export const LOUDNESS_METER =
  'asetnsamples=n=48000:p=0,astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level,' +
  'ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=-';

/** Root mean square of each second in dB of full scale; -Infinity is digital silence. */
export type Loudness = readonly number[];

const LEVEL = /^lavfi\.astats\.Overall\.RMS_level=(\S+)/;

/** Reads what LOUDNESS_METER printed. */
export const readLoudness = (lines: readonly string[]): Loudness =>
  lines.flatMap((line) => {
    const [, level] = LEVEL.exec(line) ?? [];
    if (level === undefined) return [];
    return [Number.isFinite(Number(level)) ? Number(level) : -Infinity];
  });

/** From here on a second is taken for sound. */
const AUDIBLE_DB = -50;
/** No codec takes this much from a second that is heard. */
const LOST_DB = 20;
/** A second at the end that is cut short, or one of nothing but what no codec keeps. */
const TOLERATED_SECONDS = 2;

/** What was heard before it was encoded and is not in the file. */
export const missingSound = (before: Loudness, inFile: Loudness): string[] => {
  const missing = before.flatMap((level, second) => {
    const found = Math.max(...[-1, 0, 1].map((offset) => inFile[second + offset] ?? -Infinity));
    return level > AUDIBLE_DB && found < level - LOST_DB ? [second] : [];
  });
  return missing.length > TOLERATED_SECONDS
    ? [`${missing.length} s of sound are missing, the first at ${missing[0] ?? 0} s`]
    : [];
};

/** Comfort noise and the decoder's fade may go on for this long; a second's window reaches over its edges. */
const MARGIN_MS = 2_500;
/** Sound where none can be is a mistake, not a codec's doing. */
const OUT_OF_PLACE_DB = -40;

/** Sound in the file where no packet was received: then it is not where it belongs. */
export const strangeSound = (received: readonly Stretch[], bounds: Stretch, inFile: Loudness): string[] => {
  const edges = [bounds.startMs, bounds.endMs].map((ms) => ({ startMs: ms, endMs: ms }));
  const quiet = holes(union([...received, ...edges])).map(({ startMs, endMs }) => ({
    fromS: startMs === bounds.startMs ? 0 : (startMs + MARGIN_MS - bounds.startMs) / 1000,
    toS: (endMs - MARGIN_MS - bounds.startMs) / 1000,
  }));
  const strange = inFile.flatMap((level, second) =>
    level > OUT_OF_PLACE_DB && quiet.some(({ fromS, toS }) => second >= fromS && second + 1 <= toS) ? [second] : [],
  );
  return strange.length === 0 ? [] : [`there is sound at ${strange[0] ?? 0} s, where none was received`];
};
