import { flashes, pictures, type Picture } from './picture.ts';
import { decodeErrors, probe, type Probed } from './probe.ts';
import { amplitude, isWhole, samples, tones, type Tone } from './sound.ts';

/** What is in a file, read out of its decoded pictures and its sound. */
export interface Truth {
  readonly probed: Probed;
  /** Complaints of ffmpeg over the whole file. */
  readonly errors: string;
  readonly pictures: readonly Picture[];
  /** Frequencies (the anchors' identities) read from the pictures. */
  readonly sources: readonly number[];
  /** Frame numbers in the order they are shown. */
  readonly frames: readonly number[];
  /** Seconds of each flash and each beep from the file's start. */
  readonly flashes: readonly number[];
  readonly beeps: readonly number[];
  /** The beeps with their lengths. */
  readonly tones: readonly Tone[];
}

/** Reads a file made from the sandbox's `flash` clips; `freq` is the beep to listen for. */
export async function truthOf(file: string, freq: number): Promise<Truth> {
  const probed = await probe(file);
  const seen = probed.video === undefined ? [] : await pictures(file);
  const beeps = probed.audio === undefined ? [] : tones(await samples(file), freq);
  const codes = seen.flatMap(({ code }) => code ?? []);
  return {
    probed,
    errors: await decodeErrors(file),
    pictures: seen,
    sources: [...new Set(codes.map(({ source }) => source))],
    frames: codes.map(({ number }) => number),
    flashes: flashes(seen).map(({ at }) => at),
    beeps: beeps.map(({ at }) => at),
    tones: beeps,
  };
}

/** A picture with a number in it. */
export interface NumberedPicture {
  /** Seconds from the file's start. */
  readonly at: number;
  readonly number: number;
  /** Frequency of the anchor whose picture it is. */
  readonly source: number;
}

/** The numbered pictures of a file in the order they are shown; a picture that is held is there once. */
export async function frameCodes(file: string): Promise<NumberedPicture[]> {
  const seen: NumberedPicture[] = [];
  for (const { at, code } of await pictures(file))
    if (code !== undefined && code.number !== seen.at(-1)?.number) seen.push({ at, ...code });
  return seen;
}

/** The beeps of an anchor in a file. */
export const beepsOf = async (file: string, freq: number): Promise<Tone[]> => tones(await samples(file), freq);

/** A beep is looked for this far around its picture, s. */
const NEAR_S = 0.4;

/** The beep that belongs to what is shown at `at`, seconds from the file's start, if there is one. */
export function beepAt(at: number, beeps: readonly Tone[]): Tone | undefined {
  const [nearest] = beeps.toSorted((one, other) => Math.abs(at - one.at) - Math.abs(at - other.at));
  return nearest !== undefined && Math.abs(at - nearest.at) <= NEAR_S ? nearest : undefined;
}

/** How far each flash is from its beep (video minus audio), in ms; flashes without a whole one near are left out. */
export function skews({ flashes: seen, tones: heard }: Pick<Truth, 'flashes' | 'tones'>): number[] {
  return seen.flatMap((at) => {
    const beep = beepAt(at, heard);
    return beep === undefined || !isWhole(beep) ? [] : [(at - beep.at) * 1000];
  });
}

/** Loudness of a frequency over a whole file, 0…1. */
export const loudnessOf = async (file: string, hz: number): Promise<number> => amplitude(await samples(file), hz);
