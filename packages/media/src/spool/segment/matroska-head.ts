import type { FileHandle } from 'node:fs/promises';
import { numberIn, readElement, Window } from './ebml-reader.ts';
import { ID } from './ebml.ts';

/** What a segment's header says, as far as it can be read. */
export interface MatroskaHead {
  readonly codecPrivate?: Uint8Array;
  readonly width?: number;
  readonly height?: number;
}

const HEAD_PARENTS = new Set<number>([ID.Segment, ID.Tracks, ID.TrackEntry, ID.Video]);

export async function readHead(handle: FileHandle, end: number): Promise<MatroskaHead> {
  const window = new Window(handle);
  let head: MatroskaHead = {};
  for (let position = 0; position < end;) {
    const element = await readElement(window, position);
    if (element === undefined || element.id === ID.Cluster) break;
    const isInside = HEAD_PARENTS.has(element.id);
    if (!isInside && element.from + element.length > end) break;
    if (element.id === ID.CodecPrivate) head = { ...head, codecPrivate: await window.at(element.from, element.length) };
    if (element.id === ID.PixelWidth) head = { ...head, width: numberIn(element) };
    if (element.id === ID.PixelHeight) head = { ...head, height: numberIn(element) };
    position = element.from + (isInside ? 0 : element.length);
  }
  return head;
}
