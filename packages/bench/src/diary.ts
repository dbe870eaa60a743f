import { TRACKS, type Action, type AnchorSetup, type TrackName } from './case.ts';

/** A time during which a track of an anchor was sent, by what the anchor was told and nothing else. Wall clock, ms. */
export interface Sent {
  readonly userId: string;
  readonly track: TrackName;
  /** Of media time 0. */
  readonly mediaStartMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What let it begin: an anchor or a track that is new has to be found and subscribed to. */
  readonly began: Action['do'];
}

/** When an action was given, and when it had been done. */
export interface Moment {
  readonly givenMs: number;
  readonly doneMs: number;
  /** Of media time 0, after it. */
  readonly mediaStartMs: number;
}

/** What one anchor did: from it follows what must be in its files. */
export class Diary {
  readonly #setup: AnchorSetup;
  readonly #sent: Sent[] = [];
  readonly #open = new Map<TrackName, Omit<Sent, 'toMs'>>();
  #published: ReadonlySet<TrackName> = new Set();
  #muted: ReadonlySet<'audio' | 'video'> = new Set();

  constructor(setup: AnchorSetup) {
    this.#setup = setup;
  }

  note(action: Action, { givenMs, doneMs, mediaStartMs }: Moment): void {
    if (action.do === 'enter' || action.do === 'leave') this.end(givenMs);
    this.#change(action);
    for (const track of TRACKS) {
      const known = this.#open.get(track);
      if (known !== undefined && !this.#flows(track)) this.#close(track, known, givenMs);
      if (known === undefined && this.#flows(track))
        this.#open.set(track, { userId: this.#setup.userId, track, mediaStartMs, fromMs: doneMs, began: action.do });
    }
  }

  /** Whatever is still sent counts until then. */
  end(atMs: number): void {
    for (const [track, known] of [...this.#open]) this.#close(track, known, atMs);
  }

  get sent(): readonly Sent[] {
    return this.#sent;
  }

  #close(track: TrackName, known: Omit<Sent, 'toMs'>, toMs: number): void {
    this.#open.delete(track);
    this.#sent.push({ ...known, toMs });
  }

  #flows(track: TrackName): boolean {
    const muted = track === 'audio' ? 'audio' : track === 'main' ? 'video' : undefined;
    return this.#published.has(track) && (muted === undefined || !this.#muted.has(muted));
  }

  #change(action: Action): void {
    switch (action.do) {
      case 'enter':
        this.#published = new Set(this.#setup.publishes ?? ['audio', 'main']);
        this.#muted = new Set();
        return;
      case 'leave':
        this.#published = new Set();
        return;
      case 'publish':
        this.#published = changed(this.#published, action.track, action.on);
        return;
      case 'mute':
        this.#muted = changed(this.#muted, action.kind, action.on);
        return;
      case 'cut':
      case 'show':
      case 'restart':
    }
  }
}

const changed = <T>(set: ReadonlySet<T>, item: T, on: boolean): ReadonlySet<T> => {
  const others = [...set].filter((each) => each !== item);
  return new Set(on ? [...others, item] : others);
};
