import type { FileHandle } from 'node:fs/promises';
import { BlockTimes, type Block } from './block-times.ts';
import { glanceAtElement, numberIn, readElement, Window, type Element } from './ebml-reader.ts';
import { ID } from './ebml.ts';

export interface ReadableSegment {
  /** Up to where it is read: bytes. */
  readonly end: number;
  /** Start of the last block that was written. */
  readonly lastMs: number;
  /** Its frames are in decoding order. */
  readonly reordered?: boolean | undefined;
}

/** Track, time within the cluster, flags. */
const BLOCK_HEAD_BYTES = 4;
const TRACK_1 = 0x81;
/** A key frame or not; we use no other flag. */
const KEY_FRAME = 0x80;
/** What a Matroska file has beside media, in the Segment or in a cluster: Void, CRC-32, Position, PrevSize, Cues, … */
const SKIPPED = new Set<number>([
  ...[0xec, 0xbf, 0xa7, 0xab, 0x1c53bb6b, 0x114d9b74, 0x1254c367],
  ...[ID.EBML, ID.Info, ID.Tracks],
]);
const LONGEST_TIMESTAMP = 8;

const isParent = ({ id }: Element): boolean => id === ID.Segment || id === ID.Cluster;
const isBlock = ({ id, length, head }: Element): boolean =>
  id === ID.SimpleBlock && length > BLOCK_HEAD_BYTES && head[0] === TRACK_1 && ((head[3] ?? 0) & ~KEY_FRAME) === 0;
const isTime = ({ id, length }: Element): boolean => id === ID.Timestamp && length <= LONGEST_TIMESTAMP;

/** Whether an element is one that may stand where it stands. */
const isExpected = (element: Element): boolean =>
  isParent(element) || isBlock(element) || isTime(element) || (SKIPPED.has(element.id) && element.length < Infinity);

/** Where the element after this one begins. */
const after = (element: Element): number => element.from + (isParent(element) ? 0 : element.length);

/** A header that may be cut off by the end of the file. */
const LONGEST_HEADER = 12;

/**
 * Whether an element can be taken for what it says: the next one stands where its length says. So neither a damaged
 * length nor a block whose end is damaged passes.
 */
const isSound = async (window: Window, element: Element, end: number): Promise<boolean> => {
  const next = after(element);
  if (!isExpected(element) || next > end) return false;
  if (end - next < LONGEST_HEADER) return true;
  const follower = await glanceAtElement(window, next);
  return follower !== undefined && isExpected(follower);
};

const SCAN_BYTES = 64 * 1024;
const FIRST_BYTES = new Set([ID.SimpleBlock, ID.Cluster >>> 24]);

/** The next place from `position` on where a cluster or a block begins. */
const findNext = async (window: Window, position: number, end: number): Promise<number> => {
  for (let from = position; from < end; from += SCAN_BYTES) {
    const bytes = await window.at(from, Math.min(SCAN_BYTES, end - from));
    for (const [offset, byte] of bytes.entries()) {
      if (!FIRST_BYTES.has(byte)) continue;
      const element = await glanceAtElement(window, from + offset);
      if (element === undefined || (element.id !== ID.Cluster && !isBlock(element))) continue;
      if (await isSound(window, element, end)) return from + offset;
    }
  }
  return end;
};

/** A B-frame is shown at most so long before one that came earlier: 16 frames of a slow camera. */
const MAX_REORDER_MS = 2_000;

/**
 * The blocks of a closed segment, in order, whatever has become of its bytes: what is damaged is left out, and the block
 * behind it says so. It goes through the file once, in pieces.
 */
export async function* readBlocks(
  handle: FileHandle,
  { end, lastMs, reordered }: ReadableSegment,
): AsyncGenerator<Block> {
  const window = new Window(handle);
  const times = new BlockTimes(lastMs, reordered === true ? MAX_REORDER_MS : 0);
  for (let position = 0; position < end;) {
    const element = await readElement(window, position);
    if (element === undefined || !(await isSound(window, element, end))) {
      times.damage();
      position = await findNext(window, position + 1, end);
      continue;
    }
    position = after(element);
    if (element.id === ID.Timestamp) yield* times.cluster(numberIn(element));
    if (element.id !== ID.SimpleBlock) continue;
    const data = await window.at(element.from + BLOCK_HEAD_BYTES, element.length - BLOCK_HEAD_BYTES);
    const key = element.head[3] === KEY_FRAME;
    yield* times.block({ data, key, relativeMs: element.head.readInt16BE(1) });
  }
  yield* times.end();
}
