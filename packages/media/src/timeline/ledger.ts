import type { Sliced } from '@trtc-recorder/runtime';
import type { RoomEvent } from '@trtc-recorder/contracts';
import { ArrivalCollector } from '../clock/arrival-series.ts';
import type { JournalEntryOf, JournalEntry } from '../spool/journal/journal-entry.ts';
import { readArrivals } from '../spool/journal/read-arrivals.ts';
import { capturedAt, KILLED, onOneClock } from './one-clock.ts';

/** One sender's run as the journal tells it. */
export interface Run {
  readonly track: JournalEntryOf<'track'>;
  readonly arrivals: ArrivalCollector;
  segments: JournalEntryOf<'segment'>[];
  readonly gaps: JournalEntryOf<'gap'>[];
  readonly pauses: JournalEntryOf<'pause'>[];
  readonly arrivalGaps: JournalEntryOf<'arrival-gap'>[];
  opened?: JournalEntryOf<'segment-open'>;
  end?: JournalEntryOf<'track-end'>;
}

/** One worker's uninterrupted capture as the journal tells it. */
export interface TakeRecord {
  readonly take: number;
  readonly worker: string;
  readonly startMs: number;
  /** When the room was entered, if it was. */
  enteredMs?: number;
  /** The last moment that is known of it, by arrivals and events. */
  endMs: number;
  /** The worker, its browser or its page died. */
  crashed?: boolean;
  /** The last that was seen of an anchor; by the clock of the frames, which the system's may differ from. */
  lastSeenMs?: number;
  /** When the recorder lost the room: with the event that says so, or with the take. By the clock of the frames. */
  lostRoomMs?: number;
  /** Missing when the worker died. */
  reason?: string;
}

/** The journal, sorted by what its lines are about. */
export interface Ledger {
  readonly takes: TakeRecord[];
  readonly runs: Map<number, Run>;
  readonly events: RoomEvent[];
}

const openTake = (ledger: Ledger, entry: JournalEntryOf<'take'>): void => {
  ledger.takes.push({ take: entry.take, worker: entry.worker, startMs: entry.at, endMs: entry.at });
};

const LOSES_ROOM: ReadonlySet<RoomEvent['type']> = new Set(['kicked', 'error', 'crashed']);

const noteEvent = (ledger: Ledger, { event }: JournalEntryOf<'event'>): void => {
  ledger.events.push(event);
  const take = ledger.takes.at(-1);
  if (event.type === 'entered' && take !== undefined) take.enteredMs ??= event.at;
  if (take === undefined || !LOSES_ROOM.has(event.type)) return;
  take.lostRoomMs ??= event.at;
  if (event.type === 'crashed') take.crashed = true;
};

const noteMedia = (
  run: Run,
  entry: JournalEntryOf<
    'arrivals' | 'clock' | 'step' | 'segment-open' | 'segment' | 'gap' | 'pause' | 'arrival-gap' | 'track-end'
  >,
): void => {
  switch (entry.type) {
    case 'arrivals':
      for (const arrival of readArrivals(entry, run.track.clockRate)) run.arrivals.add(arrival);
      break;
    case 'clock':
    case 'step':
      run.arrivals.add({ rtp: entry.rtp, receivedAt: entry.receivedAt });
      break;
    case 'segment-open':
      run.opened ??= entry;
      break;
    case 'segment':
      run.segments.push(entry);
      break;
    case 'gap':
      run.gaps.push(entry);
      break;
    case 'arrival-gap':
      run.arrivalGaps.push(entry);
      break;
    case 'pause':
      run.pauses.push(entry);
      break;
    case 'track-end':
      run.end = entry;
  }
};

const note = (ledger: Ledger, entry: JournalEntry): void => {
  const take = ledger.takes.at(-1);
  switch (entry.type) {
    case 'recording':
    case 'restored':
    case 'ending':
      return;
    case 'take':
      openTake(ledger, entry);
      return;
    case 'event':
      noteEvent(ledger, entry);
      return;
    case 'track':
      ledger.runs.set(entry.track, {
        track: entry,
        arrivals: new ArrivalCollector(),
        segments: [],
        gaps: [],
        pauses: [],
        arrivalGaps: [],
      });
      return;
    case 'take-end':
      if (take === undefined) return;
      take.reason = entry.reason;
      if (entry.reason === KILLED) take.crashed = true;
      else take.lostRoomMs ??= entry.at;
      return;
    default: {
      const run = ledger.runs.get(entry.track);
      if (run !== undefined) noteMedia(run, entry);
    }
  }
};

const isOfAnchor = (entry: JournalEntry): boolean =>
  entry.type === 'arrivals' ||
  entry.type === 'clock' ||
  entry.type === 'step' ||
  (entry.type === 'event' && 'userId' in entry.event);

/** Entries read in a row before others have a turn. */
const SLICE = 200;

/** Reads the journal into a ledger. A segment named twice (a recovery that was itself interrupted) counts once. */
export function* readLedger(entries: Iterable<JournalEntry>): Sliced<Ledger> {
  const ledger: Ledger = { takes: [], runs: new Map(), events: [] };
  let noted = 0;
  for (const entry of onOneClock(entries)) {
    note(ledger, entry);
    noted += 1;
    if (noted % SLICE === 0) yield;
    const take = ledger.takes.at(-1);
    const at = capturedAt(entry);
    if (take === undefined || at === undefined) continue;
    take.endMs = Math.max(take.endMs, at);
    if (isOfAnchor(entry)) take.lastSeenMs = Math.max(take.lastSeenMs ?? at, at);
  }
  for (const run of ledger.runs.values()) {
    const bySegment = new Map(run.segments.map((segment) => [segment.segment, segment]));
    run.segments = [...bySegment.values()].sort((a, b) => a.firstRtp - b.firstRtp);
  }
  ledger.events.sort((a, b) => a.at - b.at);
  return ledger;
}
