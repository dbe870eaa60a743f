import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../disk-sync.ts';
import { JOURNAL } from './spool-journal.ts';

const PIECE_CHARACTERS = 256 * 1024;

/** Puts another journal, given line by line, in the place of a spool's: all at once. Nobody may be writing to it. */
export const replaceJournal = async (dir: string, lines: Iterable<string> | AsyncIterable<string>): Promise<void> => {
  const written = join(dir, `${JOURNAL}.new`);
  const handle = await open(written, 'w', 0o600);
  try {
    let piece = '';
    for await (const line of lines) {
      piece += `${line}\n`;
      if (piece.length < PIECE_CHARACTERS) continue;
      await handle.appendFile(piece);
      piece = '';
    }
    await handle.appendFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(written, join(dir, JOURNAL));
  await syncDirectory(dir);
};
