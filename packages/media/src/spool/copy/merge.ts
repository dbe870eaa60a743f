import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@trtc-recorder/runtime';
import { spoolFault } from '../faults.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import { readEntries } from '../journal/spool-journal.ts';
import { replaceJournal } from '../journal/write-journal.ts';
import { lastSegment } from '../recovery.ts';
import { segmentFile } from '../segment/segment-name.ts';
import { restoredDir, type RestoredSpool } from './restore.ts';

interface Numbers {
  readonly take: number;
  readonly track: number;
  readonly segment: number;
}

/**
 * Makes restored spools a part of the spool in `dir`: their takes join its own, in the order of time (on the clock of all). All of them
 * counted takes, tracks and segments from 1, so those that come in get the numbers that follow. It happens at once, with
 * a new journal, which also names what came in; broken off before, it is begun again with restoring. No take may be
 * running. Errors: SpoolFull, SpoolFailed.
 */
export const mergeSpools = async (dir: string, restored: readonly RestoredSpool[], logger: Logger): Promise<void> => {
  try {
    const journals = [await readEntries(dir, logger)];
    let used = await numbersIn(dir, journals[0] ?? []);
    for (const { spool, dir: source, whole, until } of restored) {
      const entries = await readEntries(source, logger);
      await moveSegments(source, dir, entries, used.segment);
      const taken: JournalEntry = { type: 'restored', at: Date.now(), spool, ...(!whole && { until }) };
      journals.push([taken, ...renumbered(entries, used)]);
      const own = await numbersIn(source, entries);
      used = { take: used.take + own.take, track: used.track + own.track, segment: used.segment + own.segment };
    }
    await replaceJournal(dir, asLines(inOrderOfTakes(journals)));
    await rm(restoredDir(dir), { recursive: true, force: true });
  } catch (error) {
    throw spoolFault(error, 'putting restored takes into the spool');
  }
};

/** The highest numbers that are taken, by the journal or by a file. */
const numbersIn = async (dir: string, entries: readonly JournalEntry[]): Promise<Numbers> => {
  let take = 0;
  let track = 0;
  for (const entry of entries) {
    if ('take' in entry) take = Math.max(take, entry.take);
    if ('track' in entry) track = Math.max(track, entry.track);
  }
  return { take, track, segment: await lastSegment(dir, entries) };
};

/** The lines with numbers that follow the used ones. The first line each spool has once. */
const renumbered = (entries: readonly JournalEntry[], used: Numbers): JournalEntry[] =>
  entries
    .filter(({ type }) => type !== 'recording')
    .map((entry) => {
      const segment = 'segment' in entry && entry.segment !== undefined ? entry.segment + used.segment : undefined;
      return {
        ...entry,
        ...('take' in entry && { take: entry.take + used.take }),
        ...('track' in entry && { track: entry.track + used.track }),
        ...(segment !== undefined && { segment }),
        ...('file' in entry && segment !== undefined && { file: segmentFile(segment) }),
      };
    });

const moveSegments = async (
  from: string,
  to: string,
  entries: readonly JournalEntry[],
  usedSegments: number,
): Promise<void> => {
  const files = new Map(
    entries.flatMap((entry) => (entry.type === 'segment' ? [[entry.file, entry.segment] as const] : [])),
  );
  for (const [file, segment] of files) await rename(join(from, file), join(to, segmentFile(segment + usedSegments)));
};

/**
 * What precedes the first take of each journal, then all takes, each with everything that belongs to it. The takes of one
 * journal stay in their order: the machine's clock may have been set back between two of them.
 */
const inOrderOfTakes = (journals: readonly (readonly JournalEntry[])[]): JournalEntry[] => {
  const preludes: JournalEntry[] = [];
  const takes: { readonly at: number; readonly entries: JournalEntry[] }[] = [];
  for (const journal of journals) {
    let block = preludes;
    let lastAt = -Infinity;
    for (const entry of journal) {
      if (entry.type === 'take') {
        lastAt = Math.max(lastAt, entry.at - (entry.aheadMs ?? 0));
        takes.push({ at: lastAt, entries: (block = []) });
      }
      block.push(entry);
    }
  }
  return [...preludes, ...takes.sort((a, b) => a.at - b.at).flatMap(({ entries }) => entries)];
};

function* asLines(entries: readonly JournalEntry[]): Generator<string> {
  for (const entry of entries) yield JSON.stringify(entry);
}
