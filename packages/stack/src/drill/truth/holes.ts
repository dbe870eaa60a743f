import type { Promised } from '../drilled-recording.ts';

/** A stretch of what the anchor sent that is in no file: how much of it had reached the recorder, and how much had not. */
export interface Hole {
  readonly fromMs: number;
  readonly toMs: number;
  /** Sent before the strike, to a recorder that was in the room: media lost. */
  readonly lostMs: number;
  /** Sent after it, until the first picture that is there again: nobody was in the room. */
  readonly gapMs: number;
}

/** A hole that begins this much later than a strike is no consequence of it any more, ms. */
const STRIKES_FOR_MS = 5_000;

/**
 * The holes in what was promised. `present` are the media times of the pictures that the files hold, `strikes` those
 * of what was done to the recording; each picture stands for `frameMs`. All in ms of the anchor's media time.
 */
export function holesOf(
  present: readonly number[],
  strikes: readonly number[],
  { fromMs, toMs }: Promised,
  frameMs: number,
): Hole[] {
  const holes: Hole[] = [];
  let coveredTo = fromMs;
  const uncovered = (until: number): void => {
    // Half a frame is how exactly a moment is known.
    if (until - coveredTo > frameMs / 2) holes.push(split(coveredTo, until, strikes));
  };
  for (const at of [...present].sort((one, other) => one - other)) {
    if (at >= toMs) break;
    uncovered(at);
    coveredTo = Math.max(coveredTo, at + frameMs);
  }
  // The picture that was being sent when the stop was asked for is not missed.
  if (toMs - coveredTo > frameMs) uncovered(toMs);
  return holes;
}

function split(fromMs: number, toMs: number, strikes: readonly number[]): Hole {
  const strike = strikes.find((at) => at <= toMs && at >= fromMs - STRIKES_FOR_MS);
  if (strike === undefined) return { fromMs, toMs, lostMs: toMs - fromMs, gapMs: 0 };
  return { fromMs, toMs, lostMs: Math.max(0, strike - fromMs), gapMs: toMs - Math.max(fromMs, strike) };
}

/** Media times of pictures from the numbers in them, which begin again every `loopMs`; `nearMs` is about the first's. */
export function mediaTimes(
  numbers: readonly number[],
  { frameMs, loopMs, nearMs }: { frameMs: number; loopMs: number; nearMs: number },
): number[] {
  let loops = Math.max(0, Math.round((nearMs - (numbers[0] ?? 0) * frameMs) / loopMs));
  return numbers.map((number, index) => {
    // Time goes on: a number that is smaller by far belongs to the next loop.
    if (index > 0 && ((numbers[index - 1] ?? 0) - number) * frameMs > loopMs / 2) loops += 1;
    return number * frameMs + loops * loopMs;
  });
}
