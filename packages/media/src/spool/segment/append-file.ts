import { open, type FileHandle } from 'node:fs/promises';

export interface AppendFileOptions {
  /** `wx`: must be new; `a`: goes on where it stopped. */
  readonly flags: 'wx' | 'a';
  /** Told when bytes have left memory, written or given up. */
  readonly onSettled?: (bytes: number) => void;
  /** The first write error. After it nothing more is written. */
  readonly onError: (error: unknown) => void;
}

/**
 * A file that only grows. What is pushed while a write is under way, or in the same turn of the event loop, goes out
 * as one write; nothing waits for more to come.
 */
export class AppendFile {
  readonly #handle: FileHandle;
  readonly #options: AppendFileOptions;
  #queue: Uint8Array[] = [];
  #pumping: Promise<void> | undefined;
  #error: { readonly cause: unknown } | undefined;
  #whole = 0;

  private constructor(handle: FileHandle, options: AppendFileOptions) {
    this.#handle = handle;
    this.#options = options;
  }

  static async open(path: string, options: AppendFileOptions): Promise<AppendFile> {
    return new AppendFile(await open(path, options.flags), options);
  }

  /** Bytes up to the end of the last chunk that was written whole. */
  get wholeBytes(): number {
    return this.#whole;
  }

  get failed(): boolean {
    return this.#error !== undefined;
  }

  push(chunk: Uint8Array): void {
    if (this.#error !== undefined) {
      this.#options.onSettled?.(chunk.length);
      return;
    }
    this.#queue.push(chunk);
    this.#pumping ??= this.#pump();
  }

  /** Resolves when all that was pushed is written, or given up. */
  async drained(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
  }

  /** Cuts off what a failed write left of a chunk. */
  async cutToWhole(): Promise<void> {
    await this.#handle.truncate(this.#whole);
  }

  /** Waits until the written bytes are on the disk itself. */
  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.drained();
    await this.#handle.close();
  }

  async #pump(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const chunks = this.#queue;
      this.#queue = [];
      await this.#writeAll(chunks);
    }
    this.#pumping = undefined;
  }

  async #writeAll(chunks: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(chunks);
    let written = 0;
    try {
      if (this.#error === undefined) {
        while (written < bytes.length) written += (await this.#handle.write(bytes, written)).bytesWritten;
      }
    } catch (cause) {
      this.#error = { cause };
      this.#options.onError(cause);
    }
    let left = written;
    for (const chunk of chunks) {
      left -= chunk.length;
      if (left < 0) break;
      this.#whole += chunk.length;
    }
    this.#options.onSettled?.(bytes.length);
  }
}
