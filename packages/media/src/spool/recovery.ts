import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@trtc-recorder/runtime';
import { errorCode } from './faults.ts';
import type { Journal, NewEntry } from './journal/journal.ts';
import type { JournalEntry, JournalEntryOf } from './journal/journal-entry.ts';
import { recoverSegment } from './segment/recover-segment.ts';
import { PART, segmentNumber } from './segment/segment-name.ts';

const ofType = <T extends JournalEntry['type']>(entries: readonly JournalEntry[], type: T): JournalEntryOf<T>[] =>
  entries.filter((entry): entry is JournalEntryOf<T> => entry.type === type);

/** The takes that were never ended, with all that was left open in them. */
const unfinished = (entries: readonly JournalEntry[]) => {
  const endedTakes = new Set(ofType(entries, 'take-end').map(({ take }) => take));
  const endedTracks = new Set(ofType(entries, 'track-end').map(({ track }) => track));
  const settled = [...ofType(entries, 'segment'), ...ofType(entries, 'gap')];
  const closed = new Set(settled.map(({ segment }) => segment));
  return {
    segments: ofType(entries, 'segment-open').filter(({ segment }) => !closed.has(segment)),
    tracks: ofType(entries, 'track').filter(({ track }) => !endedTracks.has(track)),
    takes: ofType(entries, 'take').filter(({ take }) => !endedTakes.has(take)),
  };
};

/** How far each track is known to have come. */
const lastRtps = (entries: readonly (JournalEntry | NewEntry)[]): Map<number, number> => {
  const last = new Map<number, number>();
  for (const entry of entries) {
    if (entry.type !== 'segment' && entry.type !== 'clock') continue;
    const rtp = entry.type === 'segment' ? entry.lastRtp : entry.rtp;
    last.set(entry.track, Math.max(rtp, last.get(entry.track) ?? rtp));
  }
  return last;
};

const modifiedAt = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
};

/** The last sign of life of what was left open: the journal's last line, or the last write to a segment. */
const lastSignOfLife = async (dir: string, entries: readonly JournalEntry[]): Promise<number> => {
  const open = unfinished(entries).segments.map(({ file }) => modifiedAt(join(dir, file + PART)));
  const times = [entries.at(-1)?.at ?? Date.now(), ...(await Promise.all(open))];
  return Math.min(Date.now(), Math.max(...times));
};

/**
 * Ends what killed takes left open: recovers their segments, then journals the end of their tracks and of the takes,
 * as of their last sign of life. Each line stands for work that is done, so it may itself be killed and run again.
 */
export const recover = async (
  dir: string,
  entries: readonly JournalEntry[],
  journal: Journal,
  logger: Logger,
): Promise<void> => {
  const { segments, tracks, takes } = unfinished(entries);
  const at = await lastSignOfLife(dir, entries);
  const clockRates = new Map(ofType(entries, 'track').map(({ track, clockRate }) => [track, clockRate]));
  const recovered: NewEntry[] = [];
  for (const opened of segments) {
    const entry = await recoverSegment(dir, opened, clockRates.get(opened.track) ?? 1000);
    logger.info({ entry }, 'recovered a segment that was not closed');
    journal.append({ ...entry, at });
    recovered.push(entry);
  }
  const ends = lastRtps([...entries, ...recovered]);
  for (const { track } of tracks) {
    const rtp = ends.get(track);
    if (rtp !== undefined) journal.append({ type: 'track-end', at, track, rtp, cause: 'killed' });
  }
  for (const { take } of takes) journal.append({ type: 'take-end', at, take, reason: 'killed' });
  await journal.sync();
};

/** Files of segments of which the journal doesn't say whose they are: lines of it are damaged. */
export const straySegments = async (dir: string, entries: readonly JournalEntry[]): Promise<string[]> => {
  const tracks = new Set(ofType(entries, 'track').map(({ track }) => track));
  const named = [...ofType(entries, 'segment-open'), ...ofType(entries, 'segment'), ...ofType(entries, 'gap')];
  const owned = new Set(named.filter(({ track }) => tracks.has(track)).map(({ segment }) => segment));
  return (await readdir(dir)).filter((name) => {
    const segment = segmentNumber(name);
    return segment !== undefined && !owned.has(segment);
  });
};

/** The highest segment number in use, by the journal or by a file. */
export const lastSegment = async (dir: string, entries: readonly JournalEntry[]): Promise<number> => {
  const onDisk = (await readdir(dir)).map((name) => segmentNumber(name) ?? 0);
  return [...ofType(entries, 'segment-open').map(({ segment }) => segment), ...onDisk].reduce(
    (a, b) => Math.max(a, b),
    0,
  );
};
