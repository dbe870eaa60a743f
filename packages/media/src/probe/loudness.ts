import type { Finding } from '@trtc-recorder/contracts';
import { holes, union, type Stretch } from '../timeline/stretch.ts';

/**
 * The rate at which audio is measured, Hz. AAC and MP3 at our bit rates cut off between 15 and 20 kHz, Opus does not: only
 * what every codec keeps can be compared, so ultrasound is no missing audio.
 */
const METER_RATE = 24_000;
/** Below what is heard; an offset or a rumble of a few Hz is no audio to compare. */
const LOWEST_HZ = 20;

const METER = [
  `aresample=${METER_RATE}`,
  `highpass=f=${LOWEST_HZ}`,
  `asetnsamples=n=${METER_RATE}:p=0`,
  'astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level',
  'ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=-',
  'anullsink',
].join(',');

/**
 * ffmpeg filters that print how loud each second is and pass the audio on unchanged. The level is written to the standard
 * output.
 */
export const LOUDNESS_METER = `asplit[out][meter];[meter]${METER};[out]anull`;

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

/** From here on a second counts as audible. */
const AUDIBLE_DB = -50;
/** No codec takes this much from an audible second. */
const LOST_DB = 20;
/** A second at the end may be cut short. */
const TOLERATED_SECONDS = 2;

const finding = (Code: Finding['Code'], what: string, seconds: readonly number[]): Finding[] => {
  const [first] = seconds;
  if (first === undefined) return [];
  const last = seconds.at(-1) ?? first;
  return [{ Code, Message: `${seconds.length} s of ${what}`, StartMs: first * 1000, EndMs: (last + 1) * 1000 }];
};

/** Audio that went into the encoder and is not in the file. */
export const missingAudio = (before: Loudness, inFile: Loudness): Finding[] => {
  const missing = before.flatMap((level, second) => {
    const found = Math.max(...[-1, 0, 1].map((offset) => inFile[second + offset] ?? -Infinity));
    return level > AUDIBLE_DB && found < level - LOST_DB ? [second] : [];
  });
  return finding('AudioMissing', 'captured audio are missing.', missing.length > TOLERATED_SECONDS ? missing : []);
};

/** Comfort noise and the decoder's fade may go on for this long; a second's window reaches over its edges. */
const MARGIN_MS = 2_500;
/** Louder than any comfort noise. */
const OUT_OF_PLACE_DB = -40;

/** Audio in the file where no packet was received: it is at the wrong time. */
export const unexpectedAudio = (received: readonly Stretch[], bounds: Stretch, inFile: Loudness): Finding[] => {
  const edges = [bounds.startMs, bounds.endMs].map((ms) => ({ startMs: ms, endMs: ms }));
  const quiet = holes(union([...received, ...edges])).map(({ startMs, endMs }) => ({
    fromS: startMs === bounds.startMs ? 0 : (startMs + MARGIN_MS - bounds.startMs) / 1000,
    toS: (endMs - MARGIN_MS - bounds.startMs) / 1000,
  }));
  const unexpected = inFile.flatMap((level, second) =>
    level > OUT_OF_PLACE_DB && quiet.some(({ fromS, toS }) => second >= fromS && second + 1 <= toS) ? [second] : [],
  );
  return finding('AudioUnexpected', 'audio lie where no packet was received.', unexpected);
};
