import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { wallMs } from '../clock/rtp-clock.ts';
import type { Piece } from '../plan/file-plan.ts';
import type { Block } from '../spool/segment/block-times.ts';
import { readHead, type MatroskaHead } from '../spool/segment/matroska-head.ts';
import { readBlocks } from '../spool/segment/matroska-reader.ts';

/** A frame of a segment on the wall clock. */
export interface SegmentFrame {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly rtp: number;
  readonly wallMs: number;
  /** How long it plays, where its bytes say so. */
  readonly playsMs?: number;
  /** Media between it and the frame before cannot be read. */
  readonly afterDamage: boolean;
}

/** Opus packets are multiples of 2.5 ms apart: snapping right timestamps to them undoes the container's rounding to ms. */
const OPUS_GRID = 120;

/** The last frame is not rounded past its segment's end, where the next one may begin within the same ms. */
const toRtp = (piece: Piece, ms: number): number => {
  const grid = piece.codec === 'opus' && piece.samplesPerTick === undefined ? OPUS_GRID : 1;
  const rtp = piece.firstRtp + Math.round((ms * piece.clock.clockRate) / 1000 / grid) * grid;
  return Math.min(rtp, piece.lastRtp);
};

const inSegment = async function* <T>(
  piece: Piece,
  spoolDir: string,
  read: (handle: FileHandle, end: number) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const handle = await open(path.join(spoolDir, piece.file));
  try {
    const { size } = await handle.stat();
    // What is behind its last block was not written by us: a power cut leaves zeros.
    yield* read(handle, Math.min(size, piece.bytes));
  } finally {
    await handle.close();
  }
};

const blocksOf = (piece: Piece, spoolDir: string): AsyncGenerator<Block> => {
  const lastMs = Math.round(((piece.lastRtp - piece.firstRtp) * 1000) / piece.clock.clockRate);
  return inSegment(piece, spoolDir, (handle, end) => readBlocks(handle, { end, lastMs, reordered: piece.reordered }));
};

/**
 * Whether a piece can begin, or begin again, with a frame: where something is missing before a picture, it has to be a
 * key frame.
 */
const beginsWith = ({ codec, startMs, resumed = false }: Piece, { key, wallMs: at }: SegmentFrame): boolean =>
  (codec === 'opus' || key) && (!resumed || at >= startMs);

/** The frames of a piece, in order, up to where the next piece takes over. One packet is in memory at a time. */
export async function* readFrames(piece: Piece, spoolDir: string): AsyncGenerator<SegmentFrame> {
  let begun = false;
  let afterDamage = false;
  for await (const block of blocksOf(piece, spoolDir)) {
    const rtp = toRtp(piece, block.ms);
    const at = wallMs(piece.clock, rtp);
    if (at >= piece.untilMs) return;
    afterDamage ||= block.afterDamage;
    const frame = { data: block.data, key: block.key, rtp, wallMs: at, afterDamage };
    begun = (begun && !block.afterDamage) || beginsWith(piece, frame);
    if (!begun) continue;
    yield frame;
    afterDamage = false;
  }
}

/** What a segment's header says: the codec's configuration is missing when it is in the frames (Annex B), or damaged. */
export async function readHeader(piece: Piece, spoolDir: string): Promise<MatroskaHead> {
  const heads = inSegment(piece, spoolDir, async function* (handle, end) {
    yield await readHead(handle, end);
  });
  for await (const head of heads) return head;
  return {};
}
