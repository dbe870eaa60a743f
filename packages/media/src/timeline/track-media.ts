import type { Pause } from './journal-gaps.ts';
import { bounded, lengthMs, subtract, union, type Stretch } from './stretch.ts';
import type { TrackTimeline } from './track-timeline.ts';

/** A longer interval between video frames is a slow share or a still screen. */
const LIVELY_MS = 500;
/** So few frames show no rate. */
const ENOUGH_FRAMES = 3;
/** Segments of one run this far apart have a pause between them. */
const PAUSE_MS = 1_000;
/** The clocks of two runs of one sender differ by up to this. */
const CLOCKS_DIFFER_MS = 60;
const ALIKE = 1.6;

/** From a run's first frame to its last, whatever is missing between. */
export const runBounds = ({ spans }: TrackTimeline): Stretch[] => bounded(spans);

/** When anything came of a run, also what had to be dropped. */
export const cameBounds = ({ spans, gaps }: TrackTimeline): Stretch[] => bounded([...spans, ...gaps]);

/** Times without frames inside a run that the capture doesn't know to be losses. */
export const pausesOf = (run: TrackTimeline): Pause[] => {
  const between = subtract(runBounds(run), [...run.spans, ...run.gaps, ...run.pauses]);
  const unsure = between.filter((pause) => lengthMs(pause) > PAUSE_MS && lengthMs(pause) > run.usualMs * ALIKE);
  return [...run.pauses, ...unsure.map((pause) => ({ ...pause, regular: false }))];
};

/** When frames came at the usual rate: not also those that were sent again later. */
export const receivedOf = (run: TrackTimeline): Stretch[] =>
  subtract(runBounds(run), [...run.gaps, ...pausesOf(run), ...run.arrivalGaps]);

/** Whether the absence of its frames shows. A screen's does not: it may stand still at any moment. */
export const isLively = (runs: readonly TrackTimeline[]): boolean => {
  const [longest] = runs.toSorted((a, b) => framesOf(b) - framesOf(a));
  if (longest === undefined || longest.stream === 'sub') return false;
  return framesOf(longest) >= ENOUGH_FRAMES && longest.usualMs < LIVELY_MS;
};

const framesOf = ({ spans }: TrackTimeline): number => spans.reduce((sum, { frames }) => sum + frames, 0);

/** What lies between two runs where one follows on the other without a gap. */
export const bridges = (runs: readonly TrackTimeline[]): Stretch[] => {
  const found: Stretch[] = [];
  let last: { readonly endMs: number; readonly usualMs: number } | undefined;
  for (const { bounds, usualMs } of runs
    .flatMap((run) => runBounds(run).map((bounds) => ({ bounds, usualMs: run.usualMs })))
    .sort((a, b) => a.bounds.startMs - b.bounds.startMs)) {
    const apartMs = bounds.startMs - (last?.endMs ?? Infinity);
    if (last !== undefined && apartMs > 0 && apartMs <= Math.max(CLOCKS_DIFFER_MS, last.usualMs * ALIKE))
      found.push({ startMs: last.endMs, endMs: bounds.startMs });
    if (last === undefined || bounds.endMs > last.endMs) last = { endMs: bounds.endMs, usualMs };
  }
  return found;
};

/** Everything that came of a track. */
export const cameOf = (runs: readonly TrackTimeline[]): Stretch[] => union(runs.flatMap(cameBounds));
