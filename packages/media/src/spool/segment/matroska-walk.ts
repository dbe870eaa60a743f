import type { FileHandle } from 'node:fs/promises';
import { numberIn, readElement, Window, type Element } from './ebml-reader.ts';
import { ID } from './ebml.ts';

/** What can be read of a Matroska file of one track that was written append-only and perhaps broken off. */
export interface MatroskaContents {
  /** Where its last whole element ends. */
  readonly end: number;
  readonly frames: number;
  readonly keyFrames: number;
  /** Start of the frame that is shown last, ms since the first. */
  readonly lastMs: number;
  /** Times fall: it has B-frames. */
  readonly reordered: boolean;
  /** The first bytes of the last frame. */
  readonly lastFrameHead: Uint8Array;
}

const isParent = ({ id }: Element): boolean => id === ID.Segment || id === ID.Cluster;

/** Walks the elements up to the first that is not whole. Undefined when it is no Matroska at all. */
export const walkMatroska = async (handle: FileHandle): Promise<MatroskaContents | undefined> => {
  const { size } = await handle.stat();
  const window = new Window(handle);
  let contents = { end: 0, frames: 0, keyFrames: 0, lastMs: 0, reordered: false, lastFrameHead: new Uint8Array() };
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
      clusterMs = numberIn(element);
      continue;
    }
    contents = { ...contents, end: position };
    if (element.id !== ID.SimpleBlock || element.length < 4) continue;
    const ms = clusterMs + element.head.readInt16BE(1);
    contents = {
      end: position,
      frames: contents.frames + 1,
      keyFrames: contents.keyFrames + ((element.head[3] ?? 0) >> 7),
      lastMs: Math.max(contents.lastMs, ms),
      reordered: contents.reordered || ms < contents.lastMs,
      lastFrameHead: Uint8Array.from(element.head.subarray(4, Math.min(element.length, 12))),
    };
  }
  return contents;
};
