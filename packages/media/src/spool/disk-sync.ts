import { open } from 'node:fs/promises';
import pLimit from 'p-limit';

/**
 * Node has four threads for files, and who waits for the disk itself holds one for as long as the disk likes. Only two
 * at a time, of all takes of the process: the writes of the others must go on.
 */
const limit = pLimit(2);

/** Runs an `fdatasync` or the like when it is its turn. */
export const inTurn = (sync: () => Promise<void>): Promise<void> => limit(sync);

/** Puts the names in a directory onto the disk. */
export const syncDirectory = async (dir: string): Promise<void> => {
  const handle = await open(dir);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
