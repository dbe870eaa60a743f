import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@trtc-recorder/runtime';
import { spoolFault } from '../faults.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import { readEntries } from '../journal/spool-journal.ts';
import { openSpool } from '../spool.ts';
import { decodeCopy, type SpoolCopy } from './copy-object.ts';
import { SpoolReplay } from './replay.ts';
import { settleReplayed } from './settle.ts';

/** A spool that was made again from its copies, and recovered. */
export interface RestoredSpool {
  /** Its name, as in its journal's first line. */
  readonly spool: string;
  readonly dir: string;
  /** The number of its last take. */
  readonly takes: number;
  /** Whether all these takes were ended by their own worker, and nothing is missing between the copies. */
  readonly whole: boolean;
  /** Up to when nothing of it is missing, ms since the epoch. */
  readonly until: number;
}

export interface SpoolCopies {
  readonly spool: string;
  /** The objects, in the order in which they were stored. */
  readonly objects: AsyncIterable<Buffer>;
}

/** Where spools are made again, below the spool of which they are to become a part. */
export const restoredDir = (dir: string): string => join(dir, 'restored');

/**
 * Makes a spool again from its copies; undefined when they hold no take. The directory is begun anew each time. Errors:
 * SpoolFull, SpoolFailed, and what the objects throw.
 */
export const restoreSpool = async (
  dir: string,
  { spool, objects }: SpoolCopies,
  logger: Logger,
): Promise<RestoredSpool | undefined> => {
  const target = join(restoredDir(dir), spool);
  try {
    await rm(target, { recursive: true, force: true });
    const replay = new SpoolReplay(target);
    let damaged = 0;
    for await (const object of objects) {
      const copy = readable(object);
      if (copy === undefined) damaged += 1;
      else await replay.apply(copy);
    }
    if (!replay.hasJournal) return undefined;
    await settleReplayed(target);
    const entries = await readEntries(target, logger);
    if (!entries.some(({ type }) => type === 'take')) return undefined;
    const recovered = await openSpool({ dir: target, logger });
    await recovered.recover();
    const { missing } = replay;
    if (missing + damaged > 0) logger.error({ spool, damaged, missing }, 'copies of a spool are damaged or missing');
    const unbroken = missing + damaged === 0;
    const until = unbroken ? (entries.at(-1)?.at ?? 0) : 0;
    return { spool, dir: target, takes: lastTake(entries), whole: unbroken && allEnded(entries), until };
  } catch (error) {
    throw spoolFault(error, 'restoring a spool from its copies');
  }
};

/** A copy that is damaged is left out like one that is missing: the rest is worth having. */
const readable = (object: Buffer): SpoolCopy | undefined => {
  try {
    return decodeCopy(object);
  } catch {
    return undefined;
  }
};

const lastTake = (entries: readonly JournalEntry[]): number =>
  entries.reduce((last, entry) => (entry.type === 'take' ? Math.max(last, entry.take) : last), 0);

const allEnded = (entries: readonly JournalEntry[]): boolean => {
  const ended = new Set(entries.flatMap((entry) => (entry.type === 'take-end' ? [entry.take] : [])));
  return entries.every((entry) => entry.type !== 'take' || ended.has(entry.take));
};
