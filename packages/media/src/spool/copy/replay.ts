import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JOURNAL } from '../journal/spool-journal.ts';
import { PART } from '../segment/segment-name.ts';
import type { SpoolCopy } from './copy-object.ts';

/** Writes the copies of one spool, in their order, into a directory: its journal, and all of its segments still open. */
export class SpoolReplay {
  readonly #dir: string;
  readonly #lengths = new Map<string, number>();
  #missing = 0;

  /** `dir` is made; it has to be empty. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Whether a journal was among the copies. */
  get hasJournal(): boolean {
    return this.#lengths.has(JOURNAL);
  }

  /** Pieces for which those before them are missing; they are left out. */
  get missing(): number {
    return this.#missing;
  }

  /**
   * Bytes that are there already are the same ones: files of a spool only grow, and who began to copy anew copied some
   * of them again.
   */
  async apply({ pieces }: SpoolCopy): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    for (const { file, offset, bytes } of pieces) {
      const length = this.#lengths.get(file) ?? 0;
      if (offset > length) this.#missing += 1;
      else if (offset + bytes.length > length) await this.#append(file, bytes.subarray(length - offset), length);
    }
  }

  async #append(file: string, bytes: Uint8Array, length: number): Promise<void> {
    await appendFile(join(this.#dir, file === JOURNAL ? file : file + PART), bytes);
    this.#lengths.set(file, length + bytes.length);
  }
}
