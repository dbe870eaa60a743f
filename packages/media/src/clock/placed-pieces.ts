import { weightedMedian } from './statistics.ts';

/** A piece of a track on the wall clock: from `first` to `last`, along a straight line. */
export interface PlacedPiece {
  readonly first: Knot;
  readonly last: Knot;
}

/** A place on the clock: RTP ticks and ms since the Unix epoch. */
export interface Knot {
  readonly rtp: number;
  readonly ms: number;
}

/** A deviation that ends within this is no movement of the clock: a route changed, or frames came in a burst. */
const REACH_MS = 1_500;
/** What lies before and after a deviation agrees to this. */
const SAME_MS = 30;
const DEVIATES_MS = 25;

interface Middle extends Knot {
  readonly msPerTick: number;
  readonly ticks: number;
}

/**
 * Takes short deviations out of a track's pieces: where what comes before and after a piece lies on one line, and the
 * piece does not, it is put onto that line.
 */
export const withoutDeviations = (pieces: readonly PlacedPiece[], clockRate: number): PlacedPiece[] => {
  const middles = pieces.map(({ first, last }): Middle => {
    const ticks = last.rtp - first.rtp;
    const msPerTick = ticks > 0 ? (last.ms - first.ms) / ticks : 1_000 / clockRate;
    return { rtp: (first.rtp + last.rtp) / 2, ms: (first.ms + last.ms) / 2, msPerTick, ticks: Math.max(1, ticks) };
  });
  return pieces.map((piece, index) => {
    const line = lineAround(middles, index, clockRate);
    return line === undefined ? piece : { first: onLine(line, piece.first), last: onLine(line, piece.last) };
  });
};

interface Around extends Knot {
  readonly msPerTick: number;
}

const onLine = ({ rtp, ms, msPerTick }: Around, knot: Knot): Knot => ({
  rtp: knot.rtp,
  ms: ms + (knot.rtp - rtp) * msPerTick,
});

/** The line of what lies around a piece, if the piece deviates from it. */
const lineAround = (middles: readonly Middle[], index: number, clockRate: number): Around | undefined => {
  const own = middles[index];
  if (own === undefined) return undefined;
  const before = neighbours(middles, own, index, -1, clockRate);
  const after = neighbours(middles, own, index, 1, clockRate);
  if (before.length === 0 || after.length === 0) return undefined;
  const msPerTick = weightedMedian([...before, ...after].map((other) => [other.msPerTick, other.ticks]));
  const level = (others: readonly Middle[]): number =>
    weightedMedian(others.map((other) => [other.ms - (other.rtp - own.rtp) * msPerTick, other.ticks]));
  const [low, high] = [level(before), level(after)];
  const ms = (low + high) / 2;
  if (Math.abs(low - high) > SAME_MS || Math.abs(own.ms - ms) <= DEVIATES_MS) return undefined;
  return { rtp: own.rtp, ms, msPerTick };
};

const neighbours = (
  middles: readonly Middle[],
  own: Middle,
  index: number,
  step: 1 | -1,
  clockRate: number,
): Middle[] => {
  const found: Middle[] = [];
  for (let at = index + step; ; at += step) {
    const other = middles[at];
    if (other === undefined || Math.abs(other.rtp - own.rtp) * 1_000 > REACH_MS * clockRate) return found;
    if (Math.abs(other.ms - own.ms) > REACH_MS) return found;
    found.push(other);
  }
};
