import type { Complaint } from '../probe/decode-pictures.ts';
import type { Stretch } from '../timeline/stretch.ts';
import type { PicturePlaces } from './picture-places.ts';

/** Pictures that hang on a broken one: from it up to the next key frame, by their numbers in the file. */
export interface BrokenRun {
  readonly from: number;
  readonly to: number;
  /** They are decoded and encoded anew, as decoders conceal what is broken; else they are left out. */
  readonly mended: boolean;
}

export interface BrokenPictures {
  readonly runs: readonly BrokenRun[];
  /** The time that is left to other pictures, or shown otherwise than it was: ms since the file's start. */
  readonly lost: readonly Stretch[];
}

/** A picture's time is read back from text. */
const ROUNDING_MS = 0.5;
/** Browsers send key frames on request only: one picture may be held for this long, not for hours. */
const LONGEST_LEFT_OUT_MS = 10_000;

/** The run before is gone on with where it ends with the first: many short ones are a long one. */
const runOf = (places: PicturePlaces, first: number, beforeMs: number, before: BrokenRun | undefined): BrokenRun => {
  const from = before !== undefined && first <= before.to ? before.from : first;
  let to = Math.max(first, before?.to ?? 0);
  while (to < places.length && !(places.isKey(to) && places.atMs(to) > beforeMs + ROUNDING_MS)) to += 1;
  return { from, to, mended: places.atMs(to - 1) - places.atMs(from) > LONGEST_LEFT_OUT_MS };
};

/** Of a mended run those that did not decode are lost, of another all. */
const lostOf = (places: PicturePlaces, run: BrokenRun, first: number, beforeMs: number): Stretch => {
  let end = run.mended ? first : run.to;
  if (run.mended) while (end < run.to && places.atMs(end) <= beforeMs + ROUNDING_MS) end += 1;
  return { startMs: places.atMs(first), endMs: places.atMs(end) };
};

/** A run can have as many as it has pictures. */
const add = (lost: Stretch[], stretch: Stretch): void => {
  const last = lost.at(-1);
  if (last === undefined || last.endMs < stretch.startMs) lost.push(stretch);
  else lost[lost.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, stretch.endMs) };
};

/**
 * Which pictures can't be shown as they are: from the first a decoder may have complained of up to the next key frame.
 * Complaints come in order of time.
 */
export const brokenPictures = (places: PicturePlaces, complaints: readonly Complaint[]): BrokenPictures => {
  const runs: BrokenRun[] = [];
  const lost: Stretch[] = [];
  let first = 0;
  for (const { afterMs, beforeMs } of complaints) {
    while (places.atMs(first) <= afterMs + ROUNDING_MS) first += 1;
    if (first >= places.length) break;
    const last = runs.at(-1);
    const known =
      last !== undefined && first < last.to && (last.to === places.length || beforeMs < places.atMs(last.to));
    const run = known ? last : runOf(places, first, beforeMs, last);
    if (run.from === last?.from) runs.pop();
    runs.push(run);
    add(lost, lostOf(places, run, first, beforeMs));
  }
  return { runs, lost };
};
