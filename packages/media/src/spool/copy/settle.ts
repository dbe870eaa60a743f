import { createReadStream } from 'node:fs';
import { rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorCode } from '../faults.ts';
import type { JournalEntryOf } from '../journal/journal-entry.ts';
import { parseJournal } from '../journal/journal-reader.ts';
import { JOURNAL } from '../journal/spool-journal.ts';
import { replaceJournal } from '../journal/write-journal.ts';
import { PART } from '../segment/segment-name.ts';

/**
 * Makes of what was replayed a spool as a killed worker leaves it: closed segments get their names. One that was closed
 * but isn't copied to its end becomes an open one again, to be recovered: its line leaves the journal.
 */
export const settleReplayed = (dir: string): Promise<void> => replaceJournal(dir, withoutUnfinished(dir));

async function* withoutUnfinished(dir: string): AsyncGenerator<string> {
  // Made and read in one go: lines that come before anybody asks for them are lost.
  const lines = createInterface({ input: createReadStream(join(dir, JOURNAL)) });
  for await (const line of lines) {
    const [entry] = parseJournal(line).entries;
    if (entry?.type !== 'segment' || (await closeSegment(dir, entry))) yield line;
  }
}

/** False when the segment isn't there to its end. What was copied beyond its end is what its recovery had cut off. */
const closeSegment = async (dir: string, { file, bytes }: JournalEntryOf<'segment'>): Promise<boolean> => {
  const closed = join(dir, file);
  const found = (await sizeOf(closed + PART)) === undefined ? closed : closed + PART;
  const size = await sizeOf(found);
  if (size === undefined || size < bytes) return false;
  if (size > bytes) await truncate(found, bytes);
  if (found !== closed) await rename(found, closed);
  return true;
};

const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};
