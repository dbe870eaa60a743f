import type { FileHandle } from 'node:fs/promises';
import { ID } from './ebml.ts';

/** What can be read of a Matroska file of one track that was written append-only and perhaps broken off. */
export interface MatroskaContents {
  /** Where its last whole element ends. */
  readonly end: number;
  readonly frames: number;
  readonly keyFrames: number;
  /** Start of the last frame, ms since the first. */
  readonly lastMs: number;
  /** The first bytes of the last frame. */
  readonly lastFrameHead: Uint8Array;
}

const WINDOW_BYTES = 256 * 1024;
/** Identifier, length, and the first bytes of the contents. */
const HEAD_BYTES = 4 + 8 + 16;

/** Reads a file front to back in large pieces. */
class Window {
  readonly #handle: FileHandle;
  #bytes = Buffer.alloc(0);
  #from = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Up to `length` bytes at `position`; fewer at the end of the file. */
  async at(position: number, length: number): Promise<Buffer> {
    const offset = position - this.#from;
    if (offset < 0 || offset + length > this.#bytes.length) {
      const bytes = Buffer.alloc(WINDOW_BYTES);
      const { bytesRead } = await this.#handle.read(bytes, 0, WINDOW_BYTES, position);
      this.#bytes = bytes.subarray(0, bytesRead);
      this.#from = position;
      return this.#bytes.subarray(0, length);
    }
    return this.#bytes.subarray(offset, offset + length);
  }
}

interface Element {
  readonly id: number;
  /** Where its contents begin, and their length; Infinity when it was not known at writing. */
  readonly from: number;
  readonly length: number;
  readonly head: Buffer;
}

/** Length of a variable-size integer by its first byte (RFC 8794, 4). */
const vintLength = (first: number | undefined): number =>
  first === undefined || first === 0 ? 9 : Math.clz32(first) - 23;

const readElement = async (window: Window, position: number): Promise<Element | undefined> => {
  const bytes = await window.at(position, HEAD_BYTES);
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

const isParent = ({ id }: Element): boolean => id === ID.Segment || id === ID.Cluster;

/** Walks the elements up to the first that is not whole. Undefined when it is no Matroska at all. */
export const walkMatroska = async (handle: FileHandle): Promise<MatroskaContents | undefined> => {
  const { size } = await handle.stat();
  const window = new Window(handle);
  let contents = { end: 0, frames: 0, keyFrames: 0, lastMs: 0, lastFrameHead: new Uint8Array() };
  let clusterMs = 0;
  for (let position = 0; position < size;) {
    const element = await readElement(window, position);
    if (position === 0 && element !== undefined && element.id !== ID.EBML) return undefined;
    if (element === undefined) break;
    const whole = element.from + (element.length === Infinity ? 0 : element.length) <= size;
    if (isParent(element)) {
      position = element.from;
      continue;
    }
    if (!whole || element.length === Infinity) break;
    position = element.from + element.length;
    if (element.id === ID.Timestamp) {
      clusterMs = element.head.readUIntBE(0, Math.min(element.length, 6));
      continue;
    }
    contents = { ...contents, end: position };
    if (element.id !== ID.SimpleBlock || element.length < 4) continue;
    contents = {
      end: position,
      frames: contents.frames + 1,
      keyFrames: contents.keyFrames + ((element.head[3] ?? 0) >> 7),
      lastMs: clusterMs + element.head.readInt16BE(1),
      lastFrameHead: Uint8Array.from(element.head.subarray(4, Math.min(element.length, 12))),
    };
  }
  return contents;
};
