import type { Kind, RoomEvent, StreamType } from '@trtc-recorder/contracts';
import { lengthMs, type Stretch } from './stretch.ts';

export interface Mute extends Stretch {
  readonly kind: Kind;
}

const KINDS: readonly Kind[] = ['audio', 'video'];

/** Who enters publishes a moment later, and the room tells of both in turn. */
const ENTRY_MS = 3_000;

/** What the room says of one anchor's stream, read in order. */
class Publications {
  readonly #stream: StreamType;
  readonly #published = new Set<Kind>();
  readonly #since = new Map<Kind, { startMs: number; entry: boolean }>();
  /** Since when it isn't known to be there. */
  #goneMs: number | undefined;
  readonly #mutes: (Mute & { readonly entry: boolean })[] = [];
  readonly #everPublished = new Set<Kind>();

  constructor(stream: StreamType) {
    this.#stream = stream;
  }

  /** Another take: it knows nothing but what the room tells it anew. A mute that goes on is one. */
  beginTake(at: number): void {
    this.#published.clear();
    this.#goneMs = at;
  }

  /** A camera and a microphone that are not published are off; a screen that isn't shared is nothing. */
  enter(at: number): void {
    this.#goneMs = undefined;
    if (this.#stream === 'sub') return;
    for (const kind of KINDS) if (!this.#published.has(kind)) this.#begin(kind, at, true);
  }

  exit(at: number): void {
    this.#published.clear();
    for (const kind of KINDS) this.#end(kind, at);
    this.#goneMs = at;
  }

  available(kind: Kind, at: number): void {
    this.#goneMs = undefined;
    this.#published.add(kind);
    this.#everPublished.add(kind);
    this.#end(kind, at);
  }

  unavailable(kind: Kind, at: number): void {
    this.#published.delete(kind);
    this.#begin(kind, at, false);
  }

  /** Of who never had a camera nobody expects pictures: its being off isn't told. */
  finish(endMs: number): Mute[] {
    for (const kind of KINDS) this.#end(kind, this.#goneMs ?? endMs);
    return this.#mutes
      .filter((mute) => !mute.entry || (this.#everPublished.has(mute.kind) && lengthMs(mute) > ENTRY_MS))
      .map(({ kind, startMs, endMs }) => ({ kind, startMs, endMs }));
  }

  #begin(kind: Kind, startMs: number, entry: boolean): void {
    if (!this.#since.has(kind)) this.#since.set(kind, { startMs, entry });
  }

  #end(kind: Kind, endMs: number): void {
    const begun = this.#since.get(kind);
    if (begun !== undefined && endMs > begun.startMs) this.#mutes.push({ kind, ...begun, endMs });
    this.#since.delete(kind);
  }
}

/**
 * When a track was unpublished or muted while the anchor was there: until it was heard or seen again, or left, or until
 * `endMs`, the end of the recording.
 */
export const findMutes = (events: readonly RoomEvent[], userId: string, stream: StreamType, endMs: number): Mute[] => {
  const publications = new Publications(stream);
  for (const event of events) {
    if (event.type === 'entered') publications.beginTake(event.at);
    if (!('userId' in event) || event.userId !== userId) continue;
    if (event.type === 'anchor-enter') publications.enter(event.at);
    if (event.type === 'anchor-exit') publications.exit(event.at);
    if ((event.type !== 'available' && event.type !== 'unavailable') || event.stream !== stream) continue;
    publications[event.type](event.kind, event.at);
  }
  return publications.finish(endMs);
};
