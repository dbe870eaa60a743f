import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@trtc-recorder/runtime';
import { dropBallast } from './ballast.ts';
import { Journal, type JournalOptions } from './journal.ts';
import type { JournalEntry } from './journal-entry.ts';
import { readJournal } from './journal-reader.ts';

/** Name of the journal in its spool. */
export const JOURNAL = 'journal.ndjson';
const pathOf = (dir: string): string => join(dir, JOURNAL);

/** All that is known of a recording, in order. */
export const readEntries = async (dir: string, logger: Logger): Promise<JournalEntry[]> => {
  const { entries, damaged } = await readJournal(pathOf(dir));
  if (damaged > 0) logger.warn({ dir, damaged }, 'the journal has torn lines');
  return entries;
};

/** How long a spool's journal is, bytes. */
export const journalBytes = async (dir: string): Promise<number> => (await stat(pathOf(dir))).size;

/** Opens a spool's journal for appending; on a full disk the ballast makes room, once. */
export const openJournal = (dir: string, options: Omit<JournalOptions, 'relieve'>): Promise<Journal> => {
  let ballast = true;
  const relieve = async (): Promise<boolean> => {
    if (!ballast) return false;
    ballast = false;
    await dropBallast(dir);
    return true;
  };
  return Journal.open(pathOf(dir), { ...options, relieve });
};

/** Whether what another process wrote means that it took the spool over, or settled it as if we were dead. */
export const isTakeOver = (entries: readonly JournalEntry[]): boolean =>
  entries.some(({ type }) => type === 'take' || type === 'take-end');

/**
 * Works on a journal while no take runs: closes it at the end, and throws when a line could not be written. `known`: how
 * much of it is, bytes; nothing is written when another process took the spool over since. Left out: that doesn't count.
 */
export const withJournal = async (
  dir: string,
  work: (journal: Journal) => Promise<void>,
  known?: number,
): Promise<void> => {
  let failure: unknown;
  const onError = (error: unknown): void => {
    failure = error;
  };
  const onForeign = (entries: readonly JournalEntry[]) => known === undefined || !isTakeOver(entries);
  const journal = await openJournal(dir, { onError, onForeign, known });
  try {
    await work(journal);
  } finally {
    await journal.close();
  }
  if (journal.refused > 0) throw failure;
};
