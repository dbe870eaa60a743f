import { open, type FileHandle } from 'node:fs/promises';
import { inTurn } from '../disk-sync.ts';
import { parseJournal } from './journal-reader.ts';
import type { JournalEntry } from './journal-entry.ts';

type WithoutAt<E> = E extends JournalEntry ? Omit<E, 'at'> & { readonly at?: number } : never;
/** An entry to append; `at` is now unless given. */
export type NewEntry = WithoutAt<JournalEntry>;

export interface JournalOptions {
  /** Makes room on a full disk; false when there is none to make. */
  readonly relieve: () => Promise<boolean>;
  /** A line could not be written. Later ones are still tried. */
  readonly onError: (error: unknown) => void;
  /**
   * Lines that another process appended meanwhile: two have the spool open. False: nothing more may be written. Called
   * before a line is written, and by `look`.
   */
  readonly onForeign: (entries: readonly JournalEntry[]) => boolean;
  /** Bytes of it that are known already: what lies behind them is foreign. All that there is, by default. */
  readonly known?: number | undefined;
}

/** Losing power may cost this much of the journal; losing the process costs nothing. */
const SYNC_MS = 1_000;
/** Lines kept for another try while the disk refuses them. */
const MAX_PENDING_LINES = 10_000;

/**
 * The append-only journal of a spool: one JSON object per line. `append` returns at once; lines go to the operating
 * system in order and without delay, and to the disk itself within a second.
 */
export class Journal {
  readonly #handle: FileHandle;
  readonly #options: JournalOptions;
  #lines: string[] = [];
  #size: number;
  #torn: boolean;
  #silenced = false;
  #pumping: Promise<void> | undefined;
  #syncTimer: NodeJS.Timeout | undefined;

  private constructor(handle: FileHandle, size: number, torn: boolean, options: JournalOptions) {
    this.#handle = handle;
    this.#size = size;
    this.#torn = torn;
    this.#options = options;
  }

  static async open(path: string, options: JournalOptions): Promise<Journal> {
    const handle = await open(path, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      return new Journal(handle, options.known ?? size, size > 0 && last.toString() !== '\n', options);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Lines that the disk has not taken so far. */
  get refused(): number {
    return this.#pumping === undefined ? this.#lines.length : 0;
  }

  append(entry: NewEntry): void {
    if (this.#lines.length >= MAX_PENDING_LINES) return;
    this.#lines.push(`${JSON.stringify({ at: Date.now(), ...entry })}\n`);
    this.#pumping ??= this.#pump();
    if (entry.type !== 'arrivals') this.#syncTimer ??= setTimeout(() => void this.sync(), SYNC_MS).unref();
  }

  /** Bytes that are known: written here, or told of. */
  get size(): number {
    return this.#size;
  }

  /** Whether another process has left the journal to us until now. */
  look(): Promise<boolean> {
    return this.#mayWrite();
  }

  /** Resolves when all that was appended is with the operating system, or was refused. */
  async written(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
  }

  /** Puts what was written onto the disk itself. */
  async sync(): Promise<void> {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    await this.written();
    await inTurn(() => this.#handle.datasync()).catch((error: unknown) => this.#options.onError(error));
  }

  /** Tries once more what was refused, then lets go of the file. */
  async close(): Promise<void> {
    if (this.#lines.length > 0) this.#pumping ??= this.#pump();
    await this.sync();
    await this.#handle.close();
  }

  async #pump(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    let goOn = true;
    while (goOn && this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      const left = await this.#write(lines);
      this.#lines = [...left, ...this.#lines];
      goOn = left.length === 0 || (await this.#options.relieve());
    }
    this.#pumping = undefined;
  }

  /** Writes `lines`; returns those that the disk refused. */
  async #write(lines: readonly string[]): Promise<readonly string[]> {
    const chunks = lines.map((line, index) => Buffer.from(index === 0 && this.#torn ? `\n${line}` : line));
    const bytes = Buffer.concat(chunks);
    let written = 0;
    try {
      if (!(await this.#mayWrite())) return [];
      while (written < bytes.length) written += (await this.#handle.write(bytes, written)).bytesWritten;
    } catch (error) {
      this.#options.onError(error);
    }
    this.#size += written;
    let whole = 0;
    for (const chunk of chunks) {
      if (chunk.length > written) break;
      written -= chunk.length;
      whole += 1;
    }
    this.#torn = written > 0 || (whole === 0 && this.#torn);
    return lines.slice(whole);
  }

  /** More in the file than we wrote: another process has the spool. */
  async #mayWrite(): Promise<boolean> {
    if (this.#silenced) return false;
    const { size } = await this.#handle.stat();
    if (size <= this.#size) return true;
    const foreign = Buffer.alloc(size - this.#size);
    await this.#handle.read(foreign, 0, foreign.length, this.#size);
    this.#size = size;
    this.#silenced = !this.#options.onForeign(parseJournal(foreign.toString()).entries);
    return !this.#silenced;
  }
}
