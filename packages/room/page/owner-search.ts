import type { Tap } from './tap-registry.ts';
import type { Roster, Track } from './roster.ts';

/** The SDK's answer to: which track do you play for this one? */
export type TrackLookup = (track: Track) => MediaStreamTrack | null;

interface Run {
  readonly tap: Tap;
  readonly ssrc: number;
  /** The only match so far, and since when it is: ms. */
  match: { readonly track: Track; readonly since: number } | undefined;
}

/** While a run has no owner it is looked for this often, besides at every event of the SDK. */
const RETRY_MS = 100;
/** A receiver that served the same track before: how long the SDK must keep saying so until it is believed again. */
const SETTLE_MS = 400;

const sameTrack = (a: Track, b: Track): boolean => a.userId === b.userId && a.stream === b.stream && a.kind === b.kind;

/**
 * Finds whose frames a receiver delivers. Receivers are reused for other users under the same track id, so every new
 * (tap, SSRC) is asked for anew: for which user and stream does the SDK hold this very track object? When several
 * match, or none, it waits: the frames are held in Node meanwhile. Once found, a (tap, SSRC) sticks to its owner.
 */
export class OwnerSearch {
  readonly #roster: Roster;
  readonly #lookup: TrackLookup;
  readonly #found: (run: { tap: number; ssrc: number; track: Track }) => void;
  readonly #now: () => number;
  #open: Run[] = [];
  readonly #known = new Set<string>();
  readonly #owners = new Map<number, Track>();

  constructor(options: {
    roster: Roster;
    lookup: TrackLookup;
    found: (run: { tap: number; ssrc: number; track: Track }) => void;
    now: () => number;
  }) {
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
    return this.#owners.get(tap);
  }

  add(tap: Tap, ssrc: number): void {
    const key = `${tap.tap}/${ssrc}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#open.push({ tap, ssrc, match: undefined });
    this.retry();
  }

  retry(): void {
    if (this.#open.length > 0) this.#open = this.#open.filter((run) => !this.#settle(run));
  }

  #settle(run: Run): boolean {
    const matches = this.#matches(run.tap);
    const track = matches[0];
    if (track === undefined || matches.length > 1) {
      run.match = undefined;
      return false;
    }
    if (run.match === undefined || !sameTrack(run.match.track, track)) run.match = { track, since: this.#now() };
    const before = this.#owners.get(run.tap.tap);
    // The SDK may still name the user before: its change of mind comes after the first frames of the next one.
    const wait = before !== undefined && sameTrack(before, track) ? SETTLE_MS : 0;
    if (this.#now() - run.match.since < wait) return false;
    this.#owners.set(run.tap.tap, track);
    this.#found({ tap: run.tap.tap, ssrc: run.ssrc, track });
    return true;
  }

  #matches({ kind, receiver }: Tap): Track[] {
    const tracks: Track[] = [];
    for (const userId of this.#roster.users)
      if (kind === 'audio') tracks.push({ userId, stream: 'main', kind });
      else {
        tracks.push({ userId, stream: 'main', kind });
        const sub = { userId, stream: 'sub', kind } as const;
        // The SDK gives a track for `sub` also while nothing is shared.
        if (this.#roster.isAvailable(sub)) tracks.push(sub);
      }
    return tracks.filter((track) => this.#lookup(track) === receiver.track);
  }
}
