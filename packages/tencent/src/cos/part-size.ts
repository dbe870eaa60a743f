const MIB = 1024 * 1024;
/** COS takes parts of 1 MB at least, but for the last. */
export const MIN_PART_BYTES = MIB;
/** Parts are held in memory. */
const MAX_PART_BYTES = 64 * MIB;
const MAX_PARTS = 10_000;

/** A part size as COS and the memory allow it. */
export const allowedPartSize = (wanted: number): number => Math.min(Math.max(wanted, MIN_PART_BYTES), MAX_PART_BYTES);

/** The wanted part size, or a larger one where the bytes would not fit into the parts that are left. */
export function partSizeFor(size: number, wanted: number, parts = MAX_PARTS): number {
  const needed = Math.ceil(size / parts / MIB) * MIB;
  return Math.max(needed, allowedPartSize(wanted));
}

/**
 * Lengths of the parts of a file, in order, where `stored` are already there: each of those keeps its own, a missing one
 * between them has theirs, and what follows is cut as it is wanted now.
 */
export function partLengths(
  size: number,
  wanted: number,
  stored: ReadonlyMap<number, { readonly size: number }>,
): number[] {
  const usual = Math.max(0, ...[...stored.values()].map((part) => part.size));
  const last = usual < MIN_PART_BYTES ? 0 : Math.max(0, ...stored.keys());
  const lengths: number[] = [];
  let left = size;
  for (let number = 1; number <= last && left > 0; number += 1) {
    const length = stored.get(number)?.size ?? usual;
    lengths.push(Math.min(length < MIN_PART_BYTES ? usual : length, left));
    left -= lengths.at(-1) ?? 0;
  }
  const rest = partSizeFor(left, wanted, Math.max(1, MAX_PARTS - lengths.length));
  for (; left > 0; left -= rest) lengths.push(Math.min(rest, left));
  return lengths;
}
