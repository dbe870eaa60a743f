import type { Complaint } from '../probe/decode-pictures.ts';
import type { Stretch } from '../timeline/stretch.ts';
import type { PicturePlace } from './picture-writer.ts';

export interface BrokenPictures {
  /** Their numbers in the file. */
  readonly broken: ReadonlySet<number>;
  /** The time they leave to the picture before them: ms since the file's start. */
  readonly lost: readonly Stretch[];
}

/** A picture's time is read back from text. */
const ROUNDING_MS = 0.5;

/**
 * Which pictures can't be decoded: from the first a decoder may have complained of up to the next key frame. Complaints
 * come in order of time.
 */
export const brokenPictures = (places: readonly PicturePlace[], complaints: readonly Complaint[]): BrokenPictures => {
  const broken = new Set<number>();
  const lost: Stretch[] = [];
  const atMs = (number: number): number => places[number]?.atMs ?? Infinity;
  let from = 0;
  let to = 0;
  for (const { afterMs, beforeMs } of complaints) {
    while (atMs(from) <= afterMs + ROUNDING_MS) from += 1;
    if (from >= places.length || (from < to && beforeMs < atMs(to))) continue;
    for (to = from; to < places.length; to += 1) {
      if (places[to]?.key === true && atMs(to) > beforeMs + ROUNDING_MS) break;
      broken.add(to);
    }
    lost.push({ startMs: atMs(from), endMs: atMs(to) });
  }
  return { broken, lost };
};
