import type { Kind } from '@trtc-recorder/contracts';
import type { Sliced } from '@trtc-recorder/runtime';
import type { ArrivalSeries } from './arrival-series.ts';
import { fitArrivalLine, type LinePiece } from './arrival-line.ts';
import { offsetAt } from './least-delay-line.ts';
import { findSharedDelays, type PieceDelay } from './shared-delay.ts';
import { simplify } from './simplify.ts';
import { at } from './statistics.ts';
import { withoutDeviations, type Knot, type PlacedPiece } from './placed-pieces.ts';

/** A part of a track within which its timestamps advance with real time, at a rate that may change slowly. */
interface Epoch {
  /** First RTP timestamp it holds for. The first epoch holds for all before it too. */
  readonly fromRtp: number;
  /** In RTP order, at least one. */
  readonly knots: readonly Knot[];
  /** ms per RTP tick before the first and after the last knot. */
  readonly msPerTick: number;
}

/** One track's clock: what wall-clock time an RTP timestamp stands for. Plain data. */
export interface RtpClock {
  readonly clockRate: number;
  readonly epochs: readonly Epoch[];
}

/** One track of a sender, with the arrivals of its frames: at least one. */
export interface ClockTrack {
  readonly kind: Kind;
  readonly series: ArrivalSeries;
}

/** A smaller step between two lines is noise, and evened out; a larger one is a jump or a stall. */
const STEP_MS = 15;
/** The slowest a clock goes on, ms per ms: time never stands still within an epoch. */
const SLOWEST = 0.05;

/**
 * Finds the clocks of the tracks of one sender within one take from the arrival of their frames (docs/decisions/0044).
 * The answer is in the order of the tracks.
 */
export function* fitClocks(tracks: readonly ClockTrack[]): Sliced<RtpClock[]> {
  const fitted: (ClockTrack & { readonly pieces: readonly LinePiece[] })[] = [];
  for (const track of tracks) fitted.push({ ...track, pieces: yield* fitArrivalLine(track.series) });
  const delays = yield* findSharedDelays(fitted);
  const clocks: RtpClock[] = [];
  for (const [track, { series, pieces }] of fitted.entries()) {
    yield;
    clocks.push(toClock(series, pieces, delays[track] ?? []));
  }
  return clocks;
}

const toClock = (series: ArrivalSeries, pieces: readonly LinePiece[], delays: readonly PieceDelay[]): RtpClock => {
  const { clockRate, mediaMs, firstRtp, originMs } = series;
  const knotAt = (media: number, { line }: LinePiece, delayMs: number): Knot => ({
    rtp: Math.round(firstRtp + (media * clockRate) / 1000),
    ms: originMs + media + offsetAt(line, media) - delayMs,
  });
  const placed = pieces.map((piece, index): PlacedPiece => ({
    first: knotAt(mediaMs[piece.from] ?? 0, piece, delays[index]?.startMs ?? 0),
    last: knotAt(mediaMs[piece.to - 1] ?? 0, piece, delays[index]?.endMs ?? 0),
  }));
  return { clockRate, epochs: toEpochs(withoutDeviations(placed, clockRate), clockRate) };
};

const toEpochs = (pieces: readonly PlacedPiece[], clockRate: number): Epoch[] => {
  const epochs: PlacedPiece[][] = [];
  for (const piece of pieces) {
    const epoch = epochs.at(-1);
    const before = epoch?.at(-1);
    if (epoch !== undefined && before !== undefined && isSteady(before, piece, clockRate)) epoch.push(piece);
    else epochs.push([piece]);
  }
  return epochs.map((epoch) => toEpoch(epoch, clockRate));
};

/** Whether a piece goes on where the one before ended, at the rate of either. */
const isSteady = (before: PlacedPiece, { first, last }: PlacedPiece, clockRate: number): boolean => {
  const passedMs = first.ms - before.last.ms;
  const ticks = first.rtp - before.last.rtp;
  const rates = [before, { first, last }].flatMap((piece) => {
    const own = piece.last.rtp - piece.first.rtp;
    return own > 0 ? [(piece.last.ms - piece.first.ms) / own] : [];
  });
  return [...rates, 1000 / clockRate].some((msPerTick) => Math.abs(passedMs - ticks * msPerTick) <= STEP_MS);
};

const toEpoch = (pieces: readonly PlacedPiece[], clockRate: number): Epoch => {
  const knots = rising(
    pieces.flatMap(({ first, last }) => [first, last]),
    clockRate,
  );
  const [first, last] = [at(knots, 0), at(knots, -1)];
  const known = last.rtp - first.rtp > clockRate;
  const msPerTick = known ? (last.ms - first.ms) / (last.rtp - first.rtp) : 1000 / clockRate;
  return { fromRtp: first.rtp, knots: simplify(knots), msPerTick };
};

/** Knots at which both RTP and wall-clock time rise. */
const rising = (knots: readonly Knot[], clockRate: number): Knot[] => {
  const kept: Knot[] = [];
  for (const knot of knots) {
    const last = kept.at(-1);
    if (last !== undefined && knot.rtp <= last.rtp) continue;
    const leastMs = last === undefined ? knot.ms : last.ms + ((knot.rtp - last.rtp) * 1000 * SLOWEST) / clockRate;
    kept.push({ rtp: knot.rtp, ms: Math.max(knot.ms, leastMs) });
  }
  return kept;
};

/** Index of the last item whose key is not beyond `value`, or 0. */
const lastNotBeyond = <T>(items: readonly T[], value: number, key: (item: T) => number): number => {
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (key(at(items, middle)) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** The wall-clock time (ms since the epoch) an RTP timestamp stands for: when its frame would have arrived undelayed. */
export const wallMs = (clock: RtpClock, rtp: number): number => {
  const epoch = at(
    clock.epochs,
    lastNotBeyond(clock.epochs, rtp, (item) => item.fromRtp),
  );
  const index = lastNotBeyond(epoch.knots, rtp, (knot) => knot.rtp);
  const knot = at(epoch.knots, index);
  const next = epoch.knots[index + 1];
  const inside = next !== undefined && rtp >= knot.rtp;
  const msPerTick = inside ? (next.ms - knot.ms) / (next.rtp - knot.rtp) : epoch.msPerTick;
  return knot.ms + (rtp - knot.rtp) * msPerTick;
};

/** By how much the sender's clock is fast against ours (dimensionless), over all of the track; negative: slow. */
export const rateError = ({ clockRate, epochs }: RtpClock): number => {
  let ticks = 0;
  let ms = 0;
  for (const { knots } of epochs) {
    const [first, last] = [at(knots, 0), at(knots, -1)];
    ticks += last.rtp - first.rtp;
    ms += last.ms - first.ms;
  }
  return ms > 0 ? (ticks * 1000) / clockRate / ms - 1 : 0;
};

/** The part of a clock that holds between two RTP timestamps, small enough to travel with a piece of media. */
export const clockBetween = (clock: RtpClock, fromRtp: number, toRtp: number): RtpClock => {
  const first = lastNotBeyond(clock.epochs, fromRtp, (item) => item.fromRtp);
  const last = lastNotBeyond(clock.epochs, toRtp, (item) => item.fromRtp);
  const epochs = clock.epochs.slice(first, last + 1).map((epoch) => {
    const from = lastNotBeyond(epoch.knots, fromRtp, (knot) => knot.rtp);
    const to = lastNotBeyond(epoch.knots, toRtp, (knot) => knot.rtp);
    return { ...epoch, knots: epoch.knots.slice(from, to + 2) };
  });
  return { ...clock, epochs };
};
