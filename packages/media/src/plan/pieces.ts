import type { MediaSpan } from '../timeline/track-timeline.ts';
import type { Piece } from './file-plan.ts';

interface Turn {
  readonly span: MediaSpan;
  readonly fromMs: number;
  readonly resumed: boolean;
}

/** Runs overlap by the width of their clocks' error, and segments of one lie a frame apart: a shorter rest is no turn. */
const SHORTEST_REST_MS = 100;

/** Who has the word from when on: whoever began last, and after its end whoever it broke in upon and is still there. */
const turns = (spans: readonly MediaSpan[]): Turn[] => {
  const taken: Turn[] = [];
  let running: MediaSpan[] = [];
  const sorted = spans.toSorted((a, b) => a.startMs - b.startMs);
  for (const [index, span] of sorted.entries()) {
    taken.push({ span, fromMs: span.startMs, resumed: false });
    running = running.filter(({ endMs }) => endMs > span.startMs);
    const nextMs = sorted[index + 1]?.startMs ?? Infinity;
    let fromMs = span.endMs;
    for (;;) {
      const outer = running.findLast(({ endMs }) => Math.min(endMs, nextMs) - fromMs > SHORTEST_REST_MS);
      if (outer === undefined) break;
      taken.push({ span: outer, fromMs, resumed: true });
      fromMs = outer.endMs;
    }
    running.push(span);
  }
  return taken;
};

/** The parts segments have in a file, one after the other: each ends where the next begins. */
export const toPieces = (spans: readonly MediaSpan[]): Piece[] =>
  turns(spans).map(({ span, fromMs, resumed }, index, all) => ({
    ...span,
    ...(resumed && { startMs: fromMs, resumed }),
    untilMs: all[index + 1]?.fromMs ?? Infinity,
  }));
