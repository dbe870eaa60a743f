import type { Kind, StreamType } from '@trtc-recorder/contracts';
import { findAbsences } from './absences.ts';
import type { JournalEntry } from '../spool/journal/journal-entry.ts';
import { readLedger, type Ledger, type TakeRecord } from './ledger.ts';
import { findMutes, type Mute } from './mutes.ts';
import { union, type Stretch } from './stretch.ts';
import { trackTimelines, type TrackTimeline } from './track-timeline.ts';

/** Absence up to this stays inside a file, as the recipe's own merging had it. */
export const MAX_GAP_MS = 15_000;

export interface StreamTimeline {
  readonly stream: StreamType;
  readonly tracks: readonly TrackTimeline[];
  /** Published but muted, or not published although the anchor was there. */
  readonly mutes: readonly Mute[];
  /** Each ended a file. */
  readonly absences: readonly Stretch[];
}

export interface AnchorTimeline {
  readonly userId: string;
  readonly streams: readonly StreamTimeline[];
}

/** What happened when: everything of a recording on the one wall clock, in ms since the epoch. */
export interface Timeline {
  readonly takes: readonly TakeRecord[];
  readonly anchors: readonly AnchorTimeline[];
}

export interface TimelineOptions {
  /** Absence up to this stays inside a file; longer starts a new one. */
  readonly maxGapMs?: number;
}

const STREAMS: readonly StreamType[] = ['main', 'sub'];

export const mediaOf = (tracks: readonly TrackTimeline[], kind?: Kind): Stretch[] =>
  union(tracks.filter((track) => kind === undefined || track.kind === kind).flatMap((track) => track.spans));

const streamTimeline = (
  ledger: Ledger,
  own: readonly TrackTimeline[],
  stream: StreamType,
  maxGapMs: number,
): StreamTimeline => {
  const { events, takes } = ledger;
  const tracks = own.filter((track) => track.stream === stream);
  const userId = own[0]?.userId ?? '';
  const media = mediaOf(stream === 'main' ? own : tracks);
  const absences = findAbsences({ userId, stream, events, takes, media, maxGapMs });
  return { stream, tracks, mutes: findMutes(events, userId, stream, takes.at(-1)?.endMs ?? 0), absences };
};

/** Reads the journal of a recording into its timeline. Pure. */
export const buildTimeline = (entries: Iterable<JournalEntry>, options: TimelineOptions = {}): Timeline => {
  const { maxGapMs = MAX_GAP_MS } = options;
  const ledger = readLedger(entries);
  const tracks = trackTimelines(ledger);
  const anchors = [...new Set(tracks.map((track) => track.userId))].map((userId) => {
    const own = tracks.filter((track) => track.userId === userId);
    const streams = STREAMS.filter((stream) => own.some((track) => track.stream === stream));
    return { userId, streams: streams.map((stream) => streamTimeline(ledger, own, stream, maxGapMs)) };
  });
  return { takes: ledger.takes, anchors };
};
