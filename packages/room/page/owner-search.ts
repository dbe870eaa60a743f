import type { NamedSection, Sender } from './named-ssrcs.ts';
import { Publishers } from './publishers.ts';
import { isSameTrack, keyOf, type Roster, type Track } from './roster.ts';
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
  readonly kind: Track['kind'];
  /** The receiver that a description gives the SSRC to, while it stands. */
  tap: Tap | undefined;
  /** As the description names it. Holds after the description, too. */
  sender: Sender | undefined;
  owner: Track | undefined;
  /** Receivers that frames came out of while there was no owner. */
  readonly askers: Set<Tap>;
  /** The tracks between which the SDK could not decide. */
  readonly rivals: Map<string, Track>;
}

/** While frames have no owner it is searched for this often, besides at every event of the SDK. */
const RETRY_MS = 50;

/**
 * Finds the owner of the frames that a receiver delivers. Receivers are reused for other users under the same track id,
 * so each SSRC that a description gives a receiver has an owner of its own. Two things name it:
 *
 * - the description, by the server's number of the publisher, once the user of that number is known (`Publishers`);
 * - the SDK, by the user for which it holds the receiver's track object, in the moment of the description.
 *
 * Until one of them does, the frames are held in Node. Once found, an SSRC keeps its owner: also when its frames are
 * asked for only after the user left, and when some came out of another receiver, before the description.
 *
 * The SDK keeps a track object that a refused subscription left behind. So the second way ends with the description: the
 * next user of the receiver would match.
 */
export class OwnerSearch {
  readonly #roster: Roster;
  readonly #lookup: TrackLookup;
  readonly #found: (run: OwnedRun) => void;
  readonly #publishers = new Publishers();
  readonly #runs = new WeakMap<RTCPeerConnection, Map<number, Run>>();
  /** Runs without an owner that may still get one. */
  readonly #open = new Set<Run>();
  /** What each receiver delivers now, the latest description last. */
  readonly #sections = new Map<Tap, { readonly section: NamedSection; readonly runs: Set<Run> }>();
  /** The tracks for which the SDK held a receiver's track object before its present SSRCs. */
  readonly #former = new Map<Tap, ReadonlySet<string>>();

  constructor(options: { roster: Roster; lookup: TrackLookup; found: (run: OwnedRun) => void }) {
    this.#roster = options.roster;
    this.#lookup = options.lookup;
    this.#found = options.found;
  }

  /** Searches again as long as frames wait. */
  startTimer(): void {
    setInterval(() => {
      for (const run of this.#open) if (run.askers.size > 0) this.#settle(run);
    }, RETRY_MS);
  }

  /** The owner of the frames that come out of this receiver under this SSRC, if it is known. */
  ownerOf(tap: Tap, ssrc: number): Track | undefined {
    return this.#runs.get(tap.connection)?.get(ssrc)?.owner;
  }

  /** The receiver that delivers this track by the present descriptions. */
  tapOf(track: Track): Tap | undefined {
    const serving = [...this.#sections].filter(([tap, { section, runs }]) => {
      if (tap.connection.signalingState === 'closed') return false;
      if ([...runs].some(({ owner }) => owner !== undefined && isSameTrack(owner, track))) return true;
      return section.ssrcs === 'any' && runs.size === 0 && this.#lookup(track) === tap.receiver.track;
    });
    return serving.at(-1)?.[0];
  }

  /** Whether what comes to this receiver under this SSRC belongs to the track. Where no SSRC is named, all of it does. */
  mayDeliver(tap: Tap, ssrc: number, track: Track): boolean {
    const owner = this.ownerOf(tap, ssrc);
    if (owner === undefined) return this.#sections.get(tap)?.section.ssrcs === 'any';
    return isSameTrack(owner, track);
  }

  /** Frames of this SSRC come out of this receiver: report their owner as soon as it is known. */
  ask(tap: Tap, ssrc: number): void {
    const run = this.#run(tap, ssrc);
    run.askers.add(tap);
    const section = this.#sections.get(tap)?.section;
    if (run.owner) this.#report(run, run.owner);
    else if (run.tap === undefined && run.sender === undefined && section?.ssrcs === 'any') this.#give(run, tap);
  }

  /** A description is about to give the receiver other SSRCs, maybe of another user. */
  release(tap: Tap): void {
    for (const run of this.#open) {
      if (run.tap !== tap) continue;
      this.#settle(run);
      this.#giveUp(run);
    }
    this.#sections.delete(tap);
    this.#former.set(tap, new Set(this.#holders(tap).map(keyOf)));
  }

  /** What the receiver delivers from now on. */
  bind(tap: Tap, section: NamedSection): void {
    this.#sections.delete(tap);
    if (section.ssrcs !== 'any' && section.ssrcs.size === 0) return;
    this.#sections.set(tap, { section, runs: new Set() });
    if (section.ssrcs !== 'any') for (const ssrc of section.ssrcs) this.#give(this.#run(tap, ssrc), tap);
  }

  retry(): void {
    for (const run of this.#open) {
      this.#settle(run);
      // No more frames come, and no other user gets its receivers.
      if (run.tap?.connection.signalingState === 'closed') this.#giveUp(run);
    }
  }

  #run({ connection, kind }: Tap, ssrc: number): Run {
    let runs = this.#runs.get(connection);
    if (runs === undefined) this.#runs.set(connection, (runs = new Map<number, Run>()));
    let run = runs.get(ssrc);
    if (run === undefined) {
      run = { ssrc, kind, tap: undefined, sender: undefined, owner: undefined, askers: new Set(), rivals: new Map() };
      runs.set(ssrc, run);
    }
    return run;
  }

  #give(run: Run, tap: Tap): void {
    const serving = this.#sections.get(tap);
    serving?.runs.add(run);
    if (run.owner) return;
    run.tap = tap;
    run.sender = serving?.section.sender;
    run.rivals.clear();
    this.#open.add(run);
    this.#settle(run);
  }

  /** From now on the SDK's track objects say nothing about the run. The name of its sender still does. */
  #giveUp(run: Run): void {
    run.tap = undefined;
    if (run.sender === undefined) this.#open.delete(run);
  }

  #settle(run: Run): void {
    const { tap, sender } = run;
    const named = sender && this.#publishers.trackOf(sender, run.kind);
    // The SDK took the receiver for exactly one user, with this description: that holds also if the number was another's.
    const isTaken = tap !== undefined && this.#fresh(tap).length === 1;
    const owner = isTaken ? (this.#ownerByTrack(run, tap) ?? named) : (named ?? (tap && this.#ownerByTrack(run, tap)));
    if (owner === undefined || run.owner) return;
    this.#open.delete(run);
    run.owner = owner;
    this.#report(run, owner);
    if (isTaken && sender) this.#learn(sender, owner);
  }

  #report({ ssrc, askers }: Run, track: Track): void {
    for (const { tap } of askers) this.#found({ tap, ssrc, track });
    askers.clear();
  }

  #ownerByTrack(run: Run, tap: Tap): Track | undefined {
    const { sender } = run;
    const fresh = this.#fresh(tap);
    const mayBe = ({ userId }: Track) => sender === undefined || this.#publishers.mayBe(sender, userId);
    const candidates = fresh.length > 0 ? fresh : this.#holders(tap).filter(mayBe);
    const [track, ...others] = candidates;
    if (track === undefined) return undefined;
    if (others.length > 0) {
      for (const rival of candidates) run.rivals.set(keyOf(rival), rival);
      return undefined;
    }
    run.rivals.delete(keyOf(track));
    // A rival that went away may have been the owner. Only one that has another receiver now was not.
    if (![...run.rivals.values()].every((rival) => this.#hasAnother(rival, tap))) {
      this.#giveUp(run);
      return undefined;
    }
    // The SDK gives a track for `sub` also while nothing is shared. Remote audio has none.
    if (track.stream === 'sub' && !this.#roster.isAvailable(track)) return undefined;
    return track;
  }

  /** Settles also what waits for this sender's name. */
  #learn(sender: Sender, track: Track): void {
    this.#publishers.learn(sender, track);
    for (const run of this.#open) if (run.sender?.publisher === sender.publisher) this.#settle(run);
  }

  #hasAnother(track: Track, { receiver }: Tap): boolean {
    const held = this.#roster.users.has(track.userId) ? this.#lookup(track) : null;
    return held !== null && held !== receiver.track;
  }

  /** The tracks for which the SDK holds the receiver's track object only since the description. */
  #fresh(tap: Tap): Track[] {
    return this.#holders(tap).filter((track) => this.#former.get(tap)?.has(keyOf(track)) !== true);
  }

  /** The tracks for which the SDK holds this receiver's track object. */
  #holders({ kind, receiver }: Tap): Track[] {
    const streams = kind === 'video' ? (['main', 'sub'] as const) : (['main'] as const);
    const tracks = [...this.#roster.users].flatMap((userId) => streams.map((stream) => ({ userId, stream, kind })));
    return tracks.filter((track) => this.#lookup(track) === receiver.track);
  }
}
