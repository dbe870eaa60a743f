import type { Kind, RoomEvent, StreamType } from '@trtc-recorder/contracts';

/** One thing an anchor can publish. Remote audio is one track; it belongs to `main`. */
export interface Track {
  readonly userId: string;
  readonly stream: StreamType;
  readonly kind: Kind;
}

export const keyOf = ({ userId, stream, kind }: Track): string => `${kind}/${stream}/${userId}`;

export const isSameTrack = (one: Track, other: Track): boolean => keyOf(one) === keyOf(other);

/** Who is in the room and what they publish, as the events said. */
export class Roster {
  readonly #users = new Set<string>();
  readonly #available = new Map<string, { readonly track: Track; readonly since: number }>();

  get users(): ReadonlySet<string> {
    return this.#users;
  }

  /** Tracks published and not muted, with the time they became so (ms since the Unix epoch). */
  get available(): Iterable<{ readonly track: Track; readonly since: number }> {
    return this.#available.values();
  }

  isAvailable(track: Track): boolean {
    return this.#available.has(keyOf(track));
  }

  note(event: RoomEvent): void {
    if (event.type === 'anchor-enter') this.#users.add(event.userId);
    else if (event.type === 'anchor-exit') this.#remove(event.userId);
    else if (event.type === 'available') {
      const { userId, stream, kind } = event;
      this.#users.add(userId);
      this.#available.set(keyOf(event), { track: { userId, stream, kind }, since: event.at });
    } else if (event.type === 'unavailable') this.#available.delete(keyOf(event));
  }

  #remove(userId: string): void {
    this.#users.delete(userId);
    for (const [key, { track }] of this.#available) if (track.userId === userId) this.#available.delete(key);
  }
}
