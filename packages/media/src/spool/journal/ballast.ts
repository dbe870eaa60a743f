import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Enough for the last lines of a journal with hundreds of tracks. */
const BALLAST_BYTES = 512 * 1024;
const pathOf = (dir: string): string => join(dir, 'ballast');

/** Takes up some room that is given back when the disk is full, so that the end of a take can still be journaled. */
export const layBallast = async (dir: string): Promise<void> => {
  const size = await stat(pathOf(dir)).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size >= BALLAST_BYTES) return;
  try {
    await writeFile(pathOf(dir), Buffer.alloc(BALLAST_BYTES, 1));
  } catch (error) {
    // A part of it would take the last room away and give none.
    await dropBallast(dir);
    throw error;
  }
};

export const dropBallast = async (dir: string): Promise<void> => {
  await rm(pathOf(dir), { force: true });
};
