import type { Tap } from './tap-registry.ts';
import { keyOf as trackKey, type Roster, type Track } from './roster.ts';

/** The SDK's answer to: which track do you play for this one? */
export type TrackLookup = (track: Track) => MediaStreamTrack | null;

interface Run {
  readonly tap: Tap;
  readonly ssrc: number;
}
export interface OwnedRun {
  readonly tap: number;
  readonly ssrc: number;
  readonly track: Track;
}

/** While frames have no owner he is looked for this often, besides at every event of the SDK. */
const RETRY_MS = 50;

const keyOf = ({ tap, ssrc }: Run): string => `${tap.tap}/${ssrc}`;

/**
 * Finds whose frames a receiver delivers. Receivers are reused for other users under the same track id, also from one
 * description to the next, so each SSRC that a description gives a receiver is asked for anew, in that very moment: for
 * which user and stream does the SDK hold this track object? Until that is known the frames are held in Node. Once
 * found, a (tap, SSRC) sticks to its owner, also when his frames are asked for only after he left.
 *
 * A run without an owner is given up when its receiver is let go: whoever gets the receiver next would match.
 */
export class OwnerSearch {
  readonly #roster: Roster;
  readonly #lookup: TrackLookup;
  readonly #found: (run: OwnedRun) => void;
  /** Bound, and nobody's yet. */
  readonly #open = new Map<string, Run>();
  readonly #owned = new Map<string, OwnedRun>();
  /** Runs with frames that wait for their owner. */
  readonly #asked = new Set<string>();
  readonly #latest = new Map<number, Track>();
  /** For whom the SDK held a receiver's track before its present SSRCs: it keeps a track that it has given up. */
  readonly #former = new Map<Tap, ReadonlySet<string>>();

  constructor(options: { roster: Roster; lookup: TrackLookup; found: (run: OwnedRun) => void }) {
    this.#roster = options.roster;
    this.#lookup = options.lookup;
    this.#found = options.found;
  }

  /** Looks again as long as frames wait. */
  startTimer(): void {
    setInterval(() => {
      for (const key of this.#asked) this.#settle(this.#open.get(key));
    }, RETRY_MS);
  }

  /** The latest owner of a receiver. */
  ownerOf(tap: number): Track | undefined {
    return this.#latest.get(tap);
  }

  /** Frames of this SSRC come out of this receiver: tell whose they are as soon as that is known. */
  ask(tap: Tap, ssrc: number): void {
    const key = keyOf({ tap, ssrc });
    const owned = this.#owned.get(key);
    if (owned) this.#found(owned);
    else this.#asked.add(key);
  }

  /** The receiver is about to be given other SSRCs, maybe of another user. */
  release(tap: Tap): void {
    this.retry();
    for (const [key, run] of this.#open) if (run.tap === tap) this.#open.delete(key);
    this.#former.set(tap, new Set(this.#matches(tap).map(trackKey)));
  }

  /** The receiver's SSRCs from now on. */
  bind(tap: Tap, ssrcs: Iterable<number>): void {
    for (const ssrc of ssrcs) {
      const run = { tap, ssrc };
      if (this.#owned.has(keyOf(run))) continue;
      this.#open.set(keyOf(run), run);
      this.#settle(run);
    }
  }

  retry(): void {
    for (const run of this.#open.values()) this.#settle(run);
  }

  #settle(run: Run | undefined): void {
    const track = run && this.#ownerAmong(this.#matches(run.tap), run.tap);
    if (run === undefined || track === undefined) return;
    const key = keyOf(run);
    const owned = { tap: run.tap.tap, ssrc: run.ssrc, track };
    this.#open.delete(key);
    this.#owned.set(key, owned);
    this.#latest.set(run.tap.tap, track);
    if (this.#asked.delete(key)) this.#found(owned);
  }

  /** Of several, the one who did not have it before. */
  #ownerAmong(tracks: readonly Track[], tap: Tap): Track | undefined {
    if (tracks.length === 1) return tracks[0];
    const fresh = tracks.filter((track) => this.#former.get(tap)?.has(trackKey(track)) !== true);
    return fresh.length === 1 ? fresh[0] : undefined;
  }

  #matches({ kind, receiver }: Tap): Track[] {
    const tracks: Track[] = [];
    for (const userId of this.#roster.users) {
      tracks.push({ userId, stream: 'main', kind });
      const sub = { userId, stream: 'sub', kind } as const;
      // The SDK gives a track for `sub` also while nothing is shared. Remote audio has none.
      if (kind === 'video' && this.#roster.isAvailable(sub)) tracks.push(sub);
    }
    return tracks.filter((track) => this.#lookup(track) === receiver.track);
  }
}
