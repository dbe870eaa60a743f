import { createReadStream } from 'node:fs';
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

/** Collects the entries of a journal's text, which may come in pieces. A torn line is left out. */
class JournalParser {
  readonly #entries: JournalEntry[] = [];
  #damaged = 0;
  #rest = '';

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#addLine(line);
  }

  end(): JournalContents {
    this.#addLine(this.#rest);
    return { entries: this.#entries, damaged: this.#damaged };
  }

  #addLine(line: string): void {
    if (line === '') return;
    const entry = parseLine(line);
    if (entry === undefined) this.#damaged += 1;
    else this.#entries.push(entry);
  }
}

export const parseJournal = (text: string): JournalContents => {
  const parser = new JournalParser();
  parser.add(text);
  return parser.end();
};

/**
 * Reads a journal; one that was never begun is empty. A day of 40 anchors is millions of lines: they are read piece by
 * piece, so that captures in the same process go on meanwhile.
 */
export const readJournal = async (path: string): Promise<JournalContents> => {
  const parser = new JournalParser();
  try {
    for await (const text of createReadStream(path, 'utf8')) parser.add(String(text));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  return parser.end();
};
