import type { Kind, StreamType } from '@trtc-recorder/contracts';
import { finish, type Sliced } from '@trtc-recorder/runtime';
import { findAbsences } from './absences.ts';
import { connectionLosses } from './connection-losses.ts';
import { accountFor, type TrackAccount } from './gap-list.ts';
import type { JournalEntry } from '../spool/journal/journal-entry.ts';
import { readLedger, type Ledger, type TakeRecord } from './ledger.ts';
import { findMutes, type Mute } from './mutes.ts';
import { Reception } from './reception.ts';
import { recorderStay, withMedia, type RecorderStay } from './recorder-stay.ts';
import { lengthMs, union, type Stretch } from './stretch.ts';
import { subscriptionFailures } from './subscription-failures.ts';
import { cameOf, isLively, receivedOf } from './track-media.ts';
import { trackStates, type TrackName, type TrackState } from './track-states.ts';
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
  /** What became of every moment of its audio and of its video. */
  readonly accounts: readonly TrackAccount[];
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
const KINDS: readonly Kind[] = ['audio', 'video'];

export const mediaOf = (tracks: readonly TrackTimeline[], kind?: Kind): Stretch[] =>
  union(tracks.filter((track) => kind === undefined || track.kind === kind).flatMap((track) => track.spans));

/** Of an anchor that published for less, nothing may have been subscribed to. */
const BRIEFLY_MS = 10_000;

/** Every track of which anything came, or should have. */
const namesOf = ({ events }: Ledger, tracks: readonly TrackTimeline[]): TrackName[] => {
  const names = new Map<string, TrackName>();
  for (const item of [...tracks, ...events])
    if ('kind' in item && 'stream' in item)
      names.set(JSON.stringify([item.userId, item.stream, item.kind]), {
        userId: item.userId,
        stream: item.stream,
        kind: item.kind,
      });
  return [...names.values()];
};

const isOf = (name: TrackName, other: TrackName): boolean =>
  name.userId === other.userId && name.stream === other.stream && name.kind === other.kind;

/** The account of every track of a recording. */
const accountsOf = (ledger: Ledger, tracks: readonly TrackTimeline[], stay: RecorderStay): NamedAccount[] => {
  const { events } = ledger;
  const known = namesOf(ledger, tracks).map((name) => {
    const runs = tracks.filter((track) => isOf(track, name));
    const states = trackStates(name, events, stay, cameOf(runs));
    return { name, runs, states };
  });
  const received = known.map(({ name, runs, states }) => ({
    ...name,
    received: union(runs.flatMap(receivedOf)),
    published: states.filter(({ cause }) => cause === undefined),
    isLively: isLively(runs),
  }));
  const reception = new Reception(received, connectionLosses(events, stay.endMs));
  return known
    .filter(({ runs, states }) => runs.length > 0 || isPublishedLong(states))
    .map((track) => ({
      name: track.name,
      account: accountFor({ ...track, failures: subscriptionFailures(events, track.name, stay.endMs), reception }),
    }));
};

const isPublishedLong = (states: readonly TrackState[]): boolean =>
  states.some((state) => state.cause === undefined && lengthMs(state) >= BRIEFLY_MS);

interface NamedAccount {
  readonly name: TrackName;
  readonly account: TrackAccount;
}

const streamTimeline = (
  ledger: Ledger,
  own: readonly TrackTimeline[],
  { userId, stream, accounts }: { userId: string; stream: StreamType; accounts: readonly TrackAccount[] },
  maxGapMs: number,
): StreamTimeline => {
  const { events, takes } = ledger;
  const tracks = own.filter((track) => track.stream === stream);
  const still = accounts.flatMap(({ held }) => held.filter(({ isStill }) => isStill));
  const media = union([...mediaOf(stream === 'main' ? own : tracks), ...still]);
  const absences = findAbsences({ userId, stream, events, takes, media, maxGapMs });
  const mutes = findMutes(events, userId, stream, takes.at(-1)?.endMs ?? 0);
  return { stream, tracks, mutes, absences, accounts };
};

/** Reads the journal of a recording into its timeline. Pure; in slices, as a long recording takes seconds. */
export function* timelineOf(entries: Iterable<JournalEntry>, options: TimelineOptions = {}): Sliced<Timeline> {
  const { maxGapMs = MAX_GAP_MS } = options;
  const read = yield* readLedger(entries);
  const tracks = yield* trackTimelines(read);
  const ledger = { ...read, takes: withMedia(read.takes, tracks) };
  const stay = recorderStay(ledger.takes, tracks);
  const named = accountsOf(ledger, tracks, stay);
  const anchors = [...new Set([...tracks, ...named.map(({ name }) => name)].map(({ userId }) => userId))].map(
    (userId) => {
      const own = tracks.filter((track) => track.userId === userId);
      const streams = STREAMS.flatMap((stream) => {
        const ofStream = named.filter(({ name }) => name.userId === userId && name.stream === stream);
        const accounts = KINDS.flatMap((kind) =>
          ofStream.flatMap(({ account }) => (account.kind === kind ? [account] : [])),
        );
        return accounts.length === 0 ? [] : [streamTimeline(ledger, own, { userId, stream, accounts }, maxGapMs)];
      });
      return { userId, streams };
    },
  );
  return { takes: ledger.takes, anchors };
}

/** The same at once, for tests and short journals. */
export const buildTimeline = (entries: Iterable<JournalEntry>, options: TimelineOptions = {}): Timeline =>
  finish(timelineOf(entries, options));
