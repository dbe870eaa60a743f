import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@trtc-recorder/runtime';
import { errorCode, spoolFault } from '../faults.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import { parseJournal } from '../journal/journal-reader.ts';
import { JOURNAL } from '../journal/spool-journal.ts';
import { PART, segmentFile } from '../segment/segment-name.ts';
import type { CopyPiece, CopyPositions, SpoolCopy } from './copy-object.ts';

/** The journal is copied at most this far ahead of the segments it speaks of, when there is much to catch up with. */
const JOURNAL_BYTES = 1024 * 1024;
const BEGINNING: CopyPositions = { journal: 0, segments: {} };

export interface Grown extends SpoolCopy {
  /** There was more than fitted into it. */
  readonly more: boolean;
}

/**
 * Tells what a spool has grown by since it was last copied. It reads the journal first and the files after it, so that
 * what the journal calls closed is complete in the same copy or in one that follows at once. Which files there are is
 * learnt from the journal as well: a recording of a day has hundreds of thousands.
 */
export class SpoolGrowth {
  readonly #dir: string;
  #positions: CopyPositions;

  /** `positions`: where an earlier copying of the same spool had got to. */
  constructor(dir: string, positions = BEGINNING) {
    this.#dir = dir;
    this.#positions = positions;
  }

  /**
   * Goes on after the last copy that an earlier worker made of the spool. Error: SpoolFailed, also when the disk no longer
   * has what was copied: a power cut takes what had not come to rest.
   */
  static async after(dir: string, { positions, pieces }: SpoolCopy): Promise<SpoolGrowth> {
    for (const { file, offset, bytes } of pieces.filter((piece) => piece.file === JOURNAL)) {
      const here = await asFault(() => readFrom(join(dir, file), offset, bytes.length));
      if (here?.equals(bytes) !== true)
        throw new AppError('SpoolFailed', 'the disk has lost a part of the spool that was copied', {
          retryable: false,
        });
    }
    return new SpoolGrowth(dir, positions);
  }

  /** Whether anybody has sent anything: until then there is nothing to lose. Error: SpoolFailed. */
  async begun(): Promise<boolean> {
    if (this.#positions.journal > 0) return true;
    const lines = await asFault(() => readFrom(join(this.#dir, JOURNAL), 0, JOURNAL_BYTES));
    return parseJournal(lines?.toString() ?? '').entries.some(({ type }) => type === 'track');
  }

  /** What is to be copied next, about `maxBytes` at most; undefined when nothing is. Error: SpoolFailed. */
  next(maxBytes: number): Promise<Grown | undefined> {
    return asFault(() => this.#next(maxBytes));
  }

  /** This is stored: the next copy begins after it. */
  stored({ positions }: SpoolCopy): void {
    const rest = Object.entries(positions.segments).filter(([, { copied, closed = Infinity }]) => copied < closed);
    this.#positions = { journal: positions.journal, segments: Object.fromEntries(rest) };
  }

  async #next(maxBytes: number): Promise<Grown | undefined> {
    const { journal: from } = this.#positions;
    const limit = Math.min(maxBytes, JOURNAL_BYTES);
    const read = (await readFrom(join(this.#dir, JOURNAL), from, limit)) ?? Buffer.alloc(0);
    // A line that is not whole yet comes with the next copy.
    const lines = read.subarray(0, read.lastIndexOf('\n') + 1);
    const { entries } = parseJournal(lines.toString());
    const pieces: CopyPiece[] = lines.length > 0 ? [{ file: JOURNAL, offset: from, bytes: lines }] : [];
    const segments = follow(this.#positions.segments, entries);
    const full = await this.#addSegments(pieces, segments, maxBytes - lines.length);
    if (pieces.length === 0) return undefined;
    return { positions: { journal: from + lines.length, segments }, pieces, more: full || read.length === limit };
  }

  /** Adds what the segments grew by; true when there was no room for all of it. */
  async #addSegments(pieces: CopyPiece[], segments: Segments, maxBytes: number): Promise<boolean> {
    let room = maxBytes;
    for (const [file, known] of Object.entries(segments)) {
      if (room <= 0) return true;
      const bytes = await readSegment(this.#dir, file, known.copied, room);
      if (bytes === undefined || bytes.length === 0) continue;
      pieces.push({ file, offset: known.copied, bytes });
      segments[file] = { ...known, copied: known.copied + bytes.length };
      room -= bytes.length;
    }
    return room <= 0;
  }
}

const asFault = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw spoolFault(error, 'reading the spool to copy it');
  }
};

type Segments = Record<string, CopyPositions['segments'][string]>;

/** The segments to look at, after these lines of the journal. */
const follow = (known: CopyPositions['segments'], entries: readonly JournalEntry[]): Segments => {
  const segments: Segments = { ...known };
  for (const entry of entries) {
    if (entry.type === 'segment-open') segments[entry.file] ??= { copied: 0 };
    if (entry.type === 'segment')
      segments[entry.file] = { copied: segments[entry.file]?.copied ?? 0, closed: entry.bytes };
    if (entry.type === 'gap' && entry.segment !== undefined)
      Reflect.deleteProperty(segments, segmentFile(entry.segment));
  }
  return segments;
};

/** The file's bytes from `from` on; undefined when there is no such file. */
const readFrom = async (path: string, from: number, maxBytes: number): Promise<Buffer | undefined> => {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(size - from, maxBytes)));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
};

/** A segment under either name: it may get its final one between the two looks. */
const readSegment = async (dir: string, file: string, from: number, maxBytes: number): Promise<Buffer | undefined> =>
  (await readFrom(join(dir, file + PART), from, maxBytes)) ?? (await readFrom(join(dir, file), from, maxBytes));
