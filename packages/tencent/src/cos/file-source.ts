import { open, type FileHandle } from 'node:fs/promises';
import { AppError, errorMessage } from '@trtc-recorder/runtime';
import { Crc64 } from './crc64.ts';

/** Digesting pauses between slices of this size, so that a big part doesn't hold up the capture beside it. */
const SLICE_BYTES = 1024 * 1024;

/** A local file read from its beginning to its end, piece by piece, digested as it goes. */
export class FileSource {
  /** Bytes. */
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #crc64 = new Crc64();
  #position = 0;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** Error: SpoolFailed. */
  static async open(file: string): Promise<FileSource> {
    const handle = await open(file).catch(spoolFailed);
    const { size } = await handle.stat().catch(spoolFailed);
    return new FileSource(handle, size);
  }

  /** The next `length` bytes, fewer at the end. Error: SpoolFailed, also when the file has become shorter. */
  read(length: number): Promise<Buffer> {
    // One after the other: reads that overlap would mix up the position and the digest.
    const next = this.#reading.then(() => this.#readOn(length));
    this.#reading = next.catch(() => undefined);
    return next;
  }

  /** Digest of what has been read: of the whole file, once it has been read to its end. */
  crc64(): string {
    return this.#crc64.digest();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #readOn(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(Math.min(length, this.size - this.#position));
    for (let filled = 0; filled < bytes.length;) {
      const slice = bytes.subarray(filled, filled + SLICE_BYTES);
      const { bytesRead } = await this.#handle.read(slice, 0, slice.length, this.#position).catch(spoolFailed);
      if (bytesRead === 0) throw new AppError('SpoolFailed', 'the file became shorter while it was uploaded');
      this.#crc64.update(slice.subarray(0, bytesRead));
      filled += bytesRead;
      this.#position += bytesRead;
    }
    return bytes;
  }
}

const spoolFailed = (error: unknown): never => {
  throw new AppError('SpoolFailed', `the file to upload cannot be read: ${errorMessage(error)}`, { cause: error });
};

/** The digest of a whole file. Error: SpoolFailed. */
export async function crc64OfFile(file: string): Promise<string> {
  const source = await FileSource.open(file);
  try {
    for (let left = source.size; left > 0; left -= SLICE_BYTES) await source.read(SLICE_BYTES);
    return source.crc64();
  } finally {
    await source.close();
  }
}
