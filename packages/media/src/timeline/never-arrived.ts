import type { Kind, Mode, RoomEvent, StreamType } from '@trtc-recorder/contracts';
import { kindsOf } from '../kinds.ts';
import type { JournalEntry } from '../spool/journal/journal-entry.ts';

/** Kinds of a stream that an anchor published while the recorder was in the room, and of which nothing could be recorded. */
export interface NeverArrived {
  readonly userId: string;
  readonly stream: StreamType;
  readonly kinds: readonly Kind[];
  /** From when to when it was published, ms since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
}

interface Published {
  readonly userId: string;
  readonly stream: StreamType;
  readonly kind: Kind;
  startMs: number;
  endMs: number;
  /** ms. */
  lasted: number;
  since: number | undefined;
}

/** Published for less than this in all, a stream may have been over before it was subscribed to, ms. */
const LONG_ENOUGH_MS = 10_000;

/** How long each track was published, by what the room said, while somebody was there to receive it. */
class Publications {
  readonly #tracks = new Map<string, Published>();

  read(entry: JournalEntry): void {
    if (entry.type === 'take' || entry.type === 'take-end') this.#close(entry.at, () => true);
    if (entry.type === 'event') this.#event(entry.event);
  }

  get all(): readonly Published[] {
    return [...this.#tracks.values()];
  }

  #event(event: RoomEvent): void {
    if (event.type === 'anchor-exit') this.#close(event.at, ({ userId }) => userId === event.userId);
    if (event.type !== 'available' && event.type !== 'unavailable') return;
    const { userId, stream, kind, at } = event;
    const key = JSON.stringify([userId, stream, kind]);
    const fresh = { userId, stream, kind, startMs: at, endMs: at, lasted: 0, since: undefined };
    const track: Published = this.#tracks.get(key) ?? fresh;
    if (event.type === 'available') track.since ??= at;
    else this.#close(at, (other) => other === track);
    this.#tracks.set(key, track);
  }

  #close(at: number, which: (track: Published) => boolean): void {
    for (const track of this.#tracks.values()) {
      if (track.since === undefined || !which(track)) continue;
      track.lasted += at - track.since;
      track.endMs = at;
      track.since = undefined;
    }
  }
}

/**
 * What was published for long enough and left not one segment: a refused subscription, a codec that nobody knows, frames
 * whose owner wasn't found, pictures without a key frame. It is in no file, and a caller has to be told so, also where
 * the other half of the stream came. Pure.
 */
export const findNeverArrived = (entries: Iterable<JournalEntry>, mode: Mode): NeverArrived[] => {
  const publications = new Publications();
  const arrived = new Set<string>();
  const streamOf = ({ userId, stream }: { userId: string; stream: StreamType }) => JSON.stringify([userId, stream]);
  const trackOf = (track: { userId: string; stream: StreamType; kind: Kind }) => streamOf(track) + track.kind;
  const tracks = new Map<number, string>();
  for (const entry of entries) {
    publications.read(entry);
    if (entry.type === 'track') tracks.set(entry.track, trackOf(entry));
    if (entry.type === 'segment') arrived.add(tracks.get(entry.track) ?? '');
  }
  const missing = publications.all.filter(
    (track) => kindsOf(mode).includes(track.kind) && !arrived.has(trackOf(track)) && track.lasted >= LONG_ENOUGH_MS,
  );
  const streams = new Map<string, NeverArrived>();
  for (const track of missing) {
    const { userId, stream, kinds, startMs, endMs } = streams.get(streamOf(track)) ?? { ...track, kinds: [] };
    streams.set(streamOf(track), {
      userId,
      stream,
      kinds: [...kinds, track.kind].sort(),
      startMs: Math.min(startMs, track.startMs),
      endMs: Math.max(endMs, track.endMs),
    });
  }
  return [...streams.values()];
};
