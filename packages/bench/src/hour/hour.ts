import { durationMs, planFiles, wallMs, type FilePlan, type JournalEntry, type Piece } from '@trtc-recorder/media';
import type { Row } from '../row.ts';
import { percentile } from '../statistics.ts';
import { journalOf, rtpAt, type SimulatedTrack } from './sender.ts';

/** The case of one hour, simulated: journal → timeline → plan, as in the product, without media, room and waiting. */
export const HOUR_CASE = 'one-hour';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 24, 12);
const bad = { jitterMs: 30, loss: 0.05 };
/** Sound card and camera are two clocks, and both run wrong. */
const TRACKS: readonly SimulatedTrack[] = [
  { userId: 'anna', kind: 'audio', number: 1, ppm: 120, ...bad },
  { userId: 'anna', kind: 'video', number: 2, ppm: -40, ...bad },
  { userId: 'bob', kind: 'audio', number: 3, ppm: -200, ...bad },
  { userId: 'bob', kind: 'video', number: 4, ppm: 30, ...bad },
];

const journal = (): JournalEntry[] => {
  const events = TRACKS.filter(({ kind }) => kind === 'audio').map(({ userId }): JournalEntry => ({
    ...{ type: 'event', at: START_MS, take: 1 },
    event: { type: 'anchor-enter', at: START_MS, userId },
  }));
  return [
    { type: 'recording', at: START_MS, version: 1 },
    { type: 'take', at: START_MS, take: 1, worker: 'bench', mode: '02' },
    ...events,
    ...TRACKS.flatMap((track) => [...journalOf(track, START_MS, HOUR_MS)]),
    { type: 'take-end', at: START_MS + HOUR_MS, take: 1, reason: 'stopped' },
  ];
};

const pieceAt = (pieces: readonly Piece[], rtp: number): Piece | undefined =>
  pieces.findLast(({ firstRtp }) => firstRtp <= rtp);

/** Where the plan puts what a track captured at each whole second: its error, ms; nothing where it is in no piece. */
function errorsMs(track: SimulatedTrack, plans: readonly FilePlan[]): (number | undefined)[] {
  const pieces = plans.filter(({ userId }) => userId === track.userId).flatMap((plan) => plan[track.kind]);
  return Array.from({ length: HOUR_MS / 1000 }, (_, second) => {
    const rtp = rtpAt(track, second * 1000);
    const piece = pieceAt(pieces, rtp);
    const placedMs = piece && wallMs(piece.clock, rtp);
    const inside = piece !== undefined && placedMs !== undefined && placedMs < piece.endMs;
    return inside ? placedMs - (START_MS + second * 1000) : undefined;
  });
}

/** Distances second by second, without sign, where both are known. */
const apart = (some: readonly (number | undefined)[], others: readonly (number | undefined)[]): number[] =>
  some.flatMap((one, index) => {
    const other = others[index];
    return one === undefined || other === undefined ? [] : [Math.abs(one - other)];
  });

/** One hour of two anchors whose clocks run wrong, through what decides about time. */
export function simulateHour(): Row {
  const plans = planFiles(journal(), { mode: '02' });
  const errors = TRACKS.map((track) => errorsMs(track, plans));
  const [annaSound = [], annaPicture = [], bobSound = [], bobPicture = []] = errors;
  const skews = [...apart(annaPicture, annaSound), ...apart(bobPicture, bobSound)];
  const all = errors.flat();
  return {
    case: HOUR_CASE,
    skewP50Ms: percentile(skews, 0.5),
    skewP95Ms: percentile(skews, 0.95),
    skewMaxMs: percentile(skews, 1),
    eventsExpected: all.length,
    eventsPresent: all.filter((error) => error !== undefined).length,
    durationErrorMs: Math.max(...plans.map((plan) => Math.abs(durationMs(plan) - HOUR_MS))),
    decodeErrors: 0,
    copiedFrames: null,
    dominantFrames: null,
    alignmentErrorMs: percentile([...apart(annaSound, bobSound), ...apart(annaPicture, bobPicture)], 1),
    accountErrorMs: null,
    beginsLateMs: null,
    endsLateMs: null,
    cadenceP50Ms: null,
    cadenceP95Ms: null,
    failures: plans.length === 2 ? [] : [`${plans.length} files instead of 2`],
    missing: [],
  };
}
