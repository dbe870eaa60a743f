import { keyOf, type Roster, type Track } from './roster.ts';
import type { NamedSsrcs } from './named-ssrcs.ts';
import type { Tap } from './tap-registry.ts';

/** The SDK's answer to: which track do you play for this one? */
export type TrackLookup = (track: Track) => MediaStreamTrack | null;

export interface OwnedRun {
  readonly tap: number;
  readonly ssrc: number;
  readonly track: Track;
}

/** The frames of one SSRC on one connection. */
interface Run {
  readonly ssrc: number;
  /** Whose SSRC it is, as a description said. */
  tap: Tap | undefined;
  owner: Track | undefined;
  /** Receivers that frames came out of while there was no owner. */
  readonly askers: Set<Tap>;
  /** Between whom the SDK could not decide. */
  readonly rivals: Map<string, Track>;
}

/** While frames have no owner he is looked for this often, besides at every event of the SDK. */
const RETRY_MS = 50;

/**
 * Finds whose frames a receiver delivers. Receivers are reused for other users under the same track id, also from one
 * description to the next, so each SSRC that a description gives a receiver is asked for anew, in that very moment: for
 * which user and stream does the SDK hold this track object? Until that is known the frames are held in Node. Once
 * found, an SSRC sticks to its owner: also when his frames are asked for only after he left, and when some came out of
 * another receiver, before the description.
 *
 * A run without an owner is given up when its receiver is let go: whoever gets the receiver next would match.
 */
export class OwnerSearch {
  readonly #roster: Roster;
  readonly #lookup: TrackLookup;
  readonly #found: (run: OwnedRun) => void;
  readonly #runs = new WeakMap<RTCPeerConnection, Map<number, Run>>();
  /** Runs that a receiver has, and nobody's yet. */
  readonly #open = new Set<Run>();
  /** Receivers whose description named no SSRC: what comes out of them is theirs. */
  readonly #unnamed = new Set<Tap>();
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
      for (const run of this.#open) if (run.askers.size > 0) this.#settle(run);
    }, RETRY_MS);
  }

  /** Whose frames come out of this receiver under this SSRC, if that is known. */
  ownerOf(tap: Tap, ssrc: number): Track | undefined {
    return this.#runs.get(tap.connection)?.get(ssrc)?.owner;
  }

  /** Frames of this SSRC come out of this receiver: tell whose they are as soon as that is known. */
  ask(tap: Tap, ssrc: number): void {
    const run = this.#run(tap, ssrc);
    run.askers.add(tap);
    if (run.owner) this.#tell(run, run.owner);
    else if (run.tap === undefined && this.#unnamed.has(tap)) this.#give(run, tap);
  }

  /** The receiver is about to be given other SSRCs, maybe of another user. */
  release(tap: Tap): void {
    for (const run of this.#open) {
      if (run.tap !== tap) continue;
      this.#settle(run);
      this.#giveUp(run);
    }
    this.#unnamed.delete(tap);
    this.#former.set(tap, new Set(this.#holders(tap).map(keyOf)));
  }

  /** The receiver's SSRCs from now on. */
  bind(tap: Tap, ssrcs: NamedSsrcs): void {
    if (ssrcs === 'any') this.#unnamed.add(tap);
    else for (const ssrc of ssrcs) this.#give(this.#run(tap, ssrc), tap);
  }

  retry(): void {
    for (const run of this.#open) {
      this.#settle(run);
      // Nothing more comes, and nobody will be given its receivers.
      if (run.tap?.connection.signalingState === 'closed') this.#giveUp(run);
    }
  }

  #run({ connection }: Tap, ssrc: number): Run {
    let runs = this.#runs.get(connection);
    if (runs === undefined) this.#runs.set(connection, (runs = new Map<number, Run>()));
    let run = runs.get(ssrc);
    if (run === undefined)
      runs.set(ssrc, (run = { ssrc, tap: undefined, owner: undefined, askers: new Set(), rivals: new Map() }));
    return run;
  }

  #give(run: Run, tap: Tap): void {
    if (run.owner) return;
    run.tap = tap;
    run.rivals.clear();
    this.#open.add(run);
    this.#settle(run);
  }

  #giveUp(run: Run): void {
    this.#open.delete(run);
    run.tap = undefined;
  }

  #settle(run: Run): void {
    const owner = run.tap && this.#ownerAmong(this.#holders(run.tap), run.tap, run);
    if (owner === undefined) return;
    this.#open.delete(run);
    run.owner = owner;
    this.#tell(run, owner);
  }

  #tell({ ssrc, askers }: Run, track: Track): void {
    for (const { tap } of askers) this.#found({ tap, ssrc, track });
    askers.clear();
  }

  #ownerAmong(holders: readonly Track[], tap: Tap, run: Run): Track | undefined {
    const fresh = holders.filter((track) => this.#former.get(tap)?.has(keyOf(track)) !== true);
    const candidates = fresh.length > 0 ? fresh : holders;
    const [track, ...others] = candidates;
    if (track === undefined) return undefined;
    if (others.length > 0) {
      for (const rival of candidates) run.rivals.set(keyOf(rival), rival);
      return undefined;
    }
    run.rivals.delete(keyOf(track));
    // Whoever went away may have been the owner. Only one who has another receiver now was not.
    if (![...run.rivals.values()].every((rival) => this.#hasAnother(rival, tap))) {
      this.#giveUp(run);
      return undefined;
    }
    // The SDK gives a track for `sub` also while nothing is shared. Remote audio has none.
    return track.stream === 'main' || this.#roster.isAvailable(track) ? track : undefined;
  }

  #hasAnother(track: Track, { receiver }: Tap): boolean {
    const held = this.#roster.users.has(track.userId) ? this.#lookup(track) : null;
    return held !== null && held !== receiver.track;
  }

  /** For whom the SDK holds this receiver's track. */
  #holders({ kind, receiver }: Tap): Track[] {
    const streams = kind === 'video' ? (['main', 'sub'] as const) : (['main'] as const);
    const tracks = [...this.#roster.users].flatMap((userId) => streams.map((stream) => ({ userId, stream, kind })));
    return tracks.filter((track) => this.#lookup(track) === receiver.track);
  }
}
