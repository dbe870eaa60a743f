import { copyFile, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../faults.ts';
import type { NewEntry } from '../journal/journal.ts';
import type { JournalEntryOf } from '../journal/journal-entry.ts';
import { walkMatroska, type MatroskaContents } from './matroska-walk.ts';
import { opusPacketTicks } from '../frames/opus.ts';
import { PART } from './segment-name.ts';

/** What is known of a segment that was opened. */
export type OpenedSegment = Omit<JournalEntryOf<'segment-open'>, 'type' | 'at'>;
type Trimmed = MatroskaContents | 'missing' | 'empty' | 'unreadable';

/** Cuts a file after its last whole block; what it holds then. */
export const trimInPlace = async (path: string): Promise<Trimmed> => {
  const handle = await open(path, 'r+');
  try {
    const contents = await walkMatroska(handle);
    if (contents === undefined) return 'unreadable';
    if (contents.frames === 0) return 'empty';
    const { size } = await handle.stat();
    if (contents.end < size) await handle.truncate(contents.end);
    await handle.datasync();
    return contents;
  } finally {
    await handle.close();
  }
};

/**
 * The same on a copy that then takes the file's place: a writer that is not dead but only lost touch goes on writing
 * into the old one, and harms nobody. On a full disk there is no room for a copy.
 */
export const trimCopy = async (path: string): Promise<Trimmed> => {
  const copy = `${path}.tmp`;
  try {
    await copyFile(path, copy);
    const contents = await trimInPlace(copy);
    if (typeof contents === 'string') await rm(copy);
    else await rename(copy, path);
    return contents;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw error;
    await rm(copy, { force: true });
    return trimInPlace(path);
  }
};

const orMissing = async (trimmed: Promise<Trimmed>): Promise<Trimmed> => {
  try {
    return await trimmed;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'missing';
    throw error;
  }
};

/**
 * Turns what a killed or failed writer left of a segment into a closed one: cut after its last whole block, renamed.
 * Answers the entry to journal. It may be broken off at any point and begun again: it only takes away what cannot be
 * read, and finds the segment under either name.
 */
export const recoverSegment = async (
  dir: string,
  opened: OpenedSegment,
  clockRate: number,
  trim: (path: string) => Promise<Trimmed> = trimCopy,
): Promise<NewEntry> => {
  const path = join(dir, opened.file);
  const part = path + PART;
  const fromPart = await orMissing(trim(part));
  const contents = fromPart === 'missing' ? await orMissing(trim(path)) : fromPart;
  const { track, segment, file, codec, firstRtp, width, height, sps } = opened;
  if (typeof contents === 'string') {
    if (contents === 'empty') await rm(part, { force: true });
    return { type: 'gap', track, segment, fromRtp: firstRtp, toRtp: firstRtp, cause: 'segment-lost' };
  }
  if (fromPart !== 'missing') await rename(part, path);
  return {
    type: 'segment',
    track,
    segment,
    file,
    codec,
    firstRtp,
    lastRtp: firstRtp + Math.round((contents.lastMs * clockRate) / 1000),
    frameTicks: codec === 'opus' ? opusPacketTicks(contents.lastFrameHead) : undefined,
    frames: contents.frames,
    keyFrames: contents.keyFrames,
    bytes: contents.end,
    width,
    height,
    sps,
    recovered: true,
    ...(contents.reordered && codec === 'h264' && { reordered: true as const }),
  };
};
