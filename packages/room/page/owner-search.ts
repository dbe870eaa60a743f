import type { Tap } from './tap-registry.ts';
import type { Roster, Track } from './roster.ts';

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

/** While a run has no owner it is looked for this often, besides at every event of the SDK. */
const RETRY_MS = 50;

const keyOf = ({ tap, ssrc }: Run): string => `${tap.tap}/${ssrc}`;

/**
 * Finds whose frames a receiver delivers. Receivers are reused for other users under the same track id, so every new
 * (tap, SSRC) is asked for anew: for which user and stream does the SDK hold this very track object? When several
 * match, or none, it waits: the frames are held in Node meanwhile. Once found, a (tap, SSRC) sticks to its owner.
 *
 * A run that found none while its receiver was in use is given up when the receiver is released: whoever gets the
 * receiver next would match, and get frames that are not his. The worker's question may come after the release: what
 * counts is when the run's first frame arrived.
 */
export class OwnerSearch {
  readonly #roster: Roster;
  readonly #lookup: TrackLookup;
  readonly #found: (run: OwnedRun) => void;
  readonly #now: () => number;
  readonly #open = new Map<string, Run>();
  readonly #owned = new Map<string, OwnedRun>();
  readonly #latest = new Map<number, Track>();
  readonly #releasedAt = new Map<Tap, number>();

  constructor(options: { roster: Roster; lookup: TrackLookup; found: (run: OwnedRun) => void; now: () => number }) {
    this.#roster = options.roster;
    this.#lookup = options.lookup;
    this.#found = options.found;
    this.#now = options.now;
  }

  /** Looks again as long as something is open. */
  startTimer(): void {
    setInterval(() => this.retry(), RETRY_MS);
  }

  /** The latest owner of a receiver. */
  ownerOf(tap: number): Track | undefined {
    return this.#latest.get(tap);
  }

  /**
   * Frames of this SSRC come out of this receiver, the first of which arrived at `since` (ms since the Unix epoch). May
   * be said again as long as no owner was found.
   */
  add(tap: Tap, ssrc: number, since: number): void {
    const run = { tap, ssrc };
    const owned = this.#owned.get(keyOf(run));
    if (owned) this.#found(owned);
    else if (since >= (this.#releasedAt.get(tap) ?? -Infinity)) {
      this.#open.set(keyOf(run), run);
      this.#settle(run);
    }
  }

  /** The receiver is not in use any more; the next to use it may be somebody else. */
  release(tap: Tap): void {
    this.retry();
    this.#releasedAt.set(tap, this.#now());
    for (const [key, run] of this.#open) if (run.tap === tap) this.#open.delete(key);
  }

  retry(): void {
    for (const run of this.#open.values()) this.#settle(run);
  }

  #settle(run: Run): void {
    const [track, ...others] = this.#matches(run.tap);
    if (track === undefined || others.length > 0) return;
    const owned = { tap: run.tap.tap, ssrc: run.ssrc, track };
    this.#open.delete(keyOf(run));
    this.#owned.set(keyOf(run), owned);
    this.#latest.set(run.tap.tap, track);
    this.#found(owned);
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
