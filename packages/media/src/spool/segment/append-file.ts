import type { FileHandle } from 'node:fs/promises';

export interface AppendFileOptions {
  /** Opens the file; begun at once, while bytes may already be pushed. */
  readonly open: () => Promise<FileHandle>;
  /** So many bytes have left memory: written, or given up. */
  readonly onSettled: (bytes: number) => void;
  /** The first error. After it nothing more is written. */
  readonly onError: (error: unknown) => void;
}

/**
 * A file that only grows. What is pushed while a write is under way, or in the same turn of the event loop, goes out
 * as one write; nothing waits for more to come.
 */
export class AppendFile {
  readonly #options: AppendFileOptions;
  #handle: FileHandle | undefined;
  #queue: Uint8Array[] = [];
  #pumping: Promise<void> | undefined;
  #failed = false;
  #bytes = 0;

  constructor(options: AppendFileOptions) {
    this.#options = options;
    this.#pumping = this.#pump();
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
    this.#pumping ??= this.#pump();
  }

  /** Resolves when all that was pushed is written, or given up. */
  async drained(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
  }

  /** Waits until what was written is on the disk itself. */
  async sync(): Promise<void> {
    await this.drained();
    await this.#handle?.datasync();
  }

  /** May be called again. */
  async close(): Promise<void> {
    await this.drained();
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #pump(): Promise<void> {
    await this.#guard(async () => {
      this.#handle ??= await this.#options.open();
    });
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const bytes = Buffer.concat(this.#queue);
      this.#queue = [];
      await this.#guard(() => this.#write(bytes));
      this.#options.onSettled(bytes.length);
    }
    this.#pumping = undefined;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten = 0 } = (await this.#handle?.write(bytes, written)) ?? {};
      written += bytesWritten;
      this.#bytes += bytesWritten;
    }
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    if (this.#failed) return;
    try {
      await work();
    } catch (error) {
      this.#failed = true;
      this.#options.onError(error);
    }
  }
}
