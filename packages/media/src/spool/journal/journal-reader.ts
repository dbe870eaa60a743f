import { readFile } from 'node:fs/promises';
import { errorCode } from '../faults.ts';
import { JournalEntrySchema, type JournalEntry } from './journal-entry.ts';

const parseLine = (line: string): JournalEntry | undefined => {
  try {
    return JournalEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
};

export interface JournalContents {
  readonly entries: JournalEntry[];
  /** Lines that could not be read: torn by a kill or a full disk. */
  readonly damaged: number;
}

/** The entries of a journal's text. A writer killed in the middle of a line leaves a torn one: it is left out. */
export const parseJournal = (text: string): JournalContents => {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = lines.map(parseLine).filter((entry) => entry !== undefined);
  return { entries, damaged: lines.length - entries.length };
};

/** Reads a journal; one that was never begun is empty. */
export const readJournal = async (path: string): Promise<JournalContents> => {
  try {
    return parseJournal(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { entries: [], damaged: 0 };
    throw error;
  }
};
