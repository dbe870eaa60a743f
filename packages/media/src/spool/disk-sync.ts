import pLimit from 'p-limit';

/**
 * Node has four threads for files, and who waits for the disk itself holds one for as long as the disk likes. Only two
 * at a time, of all takes of the process: the writes of the others must go on.
 */
const limit = pLimit(2);

/** Runs an `fdatasync` or the like when it is its turn. */
export const inTurn = (sync: () => Promise<void>): Promise<void> => limit(sync);
