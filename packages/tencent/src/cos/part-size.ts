const MIB = 1024 * 1024;
/** COS takes parts of 1 MB at least, but for the last. */
const MIN_PART_BYTES = MIB;
/** Parts are held in memory. */
const MAX_PART_BYTES = 64 * MIB;
const MAX_PARTS = 10_000;

/** A part size as COS and the memory allow it. */
export const allowedPartSize = (wanted: number): number => Math.min(Math.max(wanted, MIN_PART_BYTES), MAX_PART_BYTES);

/** The wanted part size, or a larger one where the file would have more than 10,000 parts. */
export function partSizeFor(size: number, wanted: number): number {
  const needed = Math.ceil(size / MAX_PARTS / MIB) * MIB;
  return Math.max(needed, allowedPartSize(wanted));
}
