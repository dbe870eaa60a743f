import type { FileHandle } from 'node:fs/promises';

const WINDOW_BYTES = 256 * 1024;
/** Identifier, length, and the first bytes of the contents. */
const HEAD_BYTES = 4 + 8 + 16;

/** Reads a file front to back in large pieces. */
export class Window {
  readonly #handle: FileHandle;
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Up to `length` bytes at `position`; fewer at the end of the file. */
  async at(position: number, length: number): Promise<Buffer> {
    if (!this.#holds(position, length)) {
      this.#bytes = await this.#read(position, Math.max(WINDOW_BYTES, length));
      this.#from = position;
    }
    const offset = position - this.#from;
    return this.#bytes.subarray(offset, offset + length);
  }

  /** The same for a look ahead: the window stays where it is. */
  async glance(position: number, length: number): Promise<Buffer> {
    return this.#holds(position, length) ? await this.at(position, length) : await this.#read(position, length);
  }

  #holds(position: number, length: number): boolean {
    const offset = position - this.#from;
    return offset >= 0 && offset + length <= this.#bytes.length;
  }

  async #read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.#handle.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  }
}

export interface Element {
  readonly id: number;
  /** Where its contents begin, and their length; Infinity when it was not known at writing. */
  readonly from: number;
  readonly length: number;
  readonly head: Buffer;
}

/** Length of a variable-size integer by its first byte (RFC 8794, 4). */
const vintLength = (first: number | undefined): number =>
  first === undefined || first === 0 ? 9 : Math.clz32(first) - 23;

/** The element at the start of `bytes`, which lie at `position`; undefined when there can be none. */
const parseElement = (bytes: Buffer, position: number): Element | undefined => {
  const idLength = vintLength(bytes[0]);
  const sizeLength = vintLength(bytes[idLength]);
  const headLength = idLength + sizeLength;
  if (idLength > 4 || sizeLength > 8 || headLength > bytes.length) return undefined;
  const coded = bytes.subarray(idLength, headLength);
  const first = (coded[0] ?? 0) & (0xff >> sizeLength);
  const unknown = first === 0xff >> sizeLength && coded.subarray(1).every((byte) => byte === 0xff);
  const length = coded.subarray(1).reduce((value, byte) => value * 256 + byte, first);
  return {
    id: bytes.readUIntBE(0, idLength),
    from: position + headLength,
    length: unknown ? Infinity : length,
    head: bytes.subarray(headLength),
  };
};

export const readElement = async (window: Window, position: number): Promise<Element | undefined> =>
  parseElement(await window.at(position, HEAD_BYTES), position);

/** The same without moving the window. */
export const glanceAtElement = async (window: Window, position: number): Promise<Element | undefined> =>
  parseElement(await window.glance(position, HEAD_BYTES), position);

/** An unsigned number as an element's contents; as much of it as the head has. */
export const numberIn = ({ head, length }: Element): number => {
  const bytes = Math.min(length, head.length, 6);
  return bytes === 0 ? 0 : head.readUIntBE(0, bytes);
};
