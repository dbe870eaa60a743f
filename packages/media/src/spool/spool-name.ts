import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parseJournal } from './journal/journal-reader.ts';
import { JOURNAL } from './journal/spool-journal.ts';

/** The first line is shorter, bytes. */
const FIRST_LINE = 4_096;

/** The name of the spool in a directory, without reading all of its journal; undefined when it says none. */
export const spoolNameIn = async (dir: string): Promise<string | undefined> => {
  let text = '';
  try {
    for await (const piece of createReadStream(join(dir, JOURNAL), { encoding: 'utf8', end: FIRST_LINE }))
      text += String(piece);
  } catch {
    return undefined;
  }
  const [first] = parseJournal(text.split('\n', 1)[0] ?? '').entries;
  return first?.type === 'recording' ? first.spool : undefined;
};
