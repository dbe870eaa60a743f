import type { Frame, GapCause, RoomEvent } from '@trtc-recorder/contracts';
import { gapLine, sinceLine, type ReportedGap } from './gap-lines.ts';
import { Silences } from './silences.ts';

/** After media comes again, that of other anchors is waited for so long: one outage is one line. */
const TOGETHER_MS = 500;
/** A silence of this length is reported before it ends. */
const LONG_MS = 3_000;

/** What ends a take without the recording having ended. */
const TAKE_ENDS: ReadonlySet<RoomEvent['type']> = new Set(['kicked', 'error', 'crashed']);

/** What the page and Chromium say when the media path is down, and when it is up again. */
const PATH_DOWN: ReadonlySet<string> = new Set(['path silent', 'media disconnected', 'media failed']);
const PATH_UP: ReadonlySet<string> = new Set(['path alive', 'media connected']);

interface Away {
  readonly sinceMs: number;
  readonly cause: GapCause;
}

/**
 * Watches what comes of the anchors while a recording captures, and reports each time without media as it ends, and a
 * long one as it begins. The timeline finds the same later, and more exactly, from the journal.
 */
export class ReceptionWatch {
  readonly #report: (line: string) => void;
  readonly #steady: () => number;
  readonly #silences = new Silences();
  readonly #left = new Map<string, Away>();
  readonly #muted = new Map<string, number>();
  #latestMs = -Infinity;
  #latestAt = 0;
  #pathDownMs: number | undefined;
  /** When the path was last down: what was silent then was so because of it. */
  #pathUpMs = -Infinity;
  #out: Away | undefined;

  /** `steady`: ms on a clock that can't be set. */
  constructor(report: (line: string) => void, steady: () => number) {
    this.#report = report;
    this.#steady = steady;
  }

  frame(frame: Frame): void {
    this.#hear(frame.receivedAt);
    if (this.#out !== undefined) this.#returned(frame.receivedAt);
    this.#silences.frame(frame);
  }

  event(event: RoomEvent): void {
    if (event.type === 'connection') this.#path(event.state, event.at);
    if (TAKE_ENDS.has(event.type)) this.takeEnded(event.type === 'crashed' ? 'crash' : 'recorder-disconnected');
    if (event.type === 'anchor-exit') this.#exit(event.userId, event.at, event.reason);
    if (event.type === 'anchor-enter') this.#enter(event.userId, event.at);
    if (event.type === 'available') this.#available(event);
    if (event.type === 'unavailable') this.#unavailable(event);
  }

  /** The recorder is out of the room until media comes again. */
  takeEnded(cause: GapCause): void {
    if (Number.isFinite(this.#latestMs)) this.#out ??= { sinceMs: this.#latestMs, cause };
    this.#silences.clear();
  }

  /** Reports what ended, and what has lasted for long. To be called about once a second. */
  look(): void {
    if (!Number.isFinite(this.#latestMs)) return;
    const now = this.#latestMs + this.#steady() - this.#latestAt;
    const isDown = ({ sinceMs }: { readonly sinceMs: number }): boolean =>
      this.#pathDownMs !== undefined || this.#pathUpMs > sinceMs;
    for (const gap of this.#silences.ended(now - TOGETHER_MS, isDown)) this.#tell(gap);
    for (const gap of this.#silences.long(now, LONG_MS, isDown)) this.#report(sinceLine(gap));
  }

  #tell(gap: ReportedGap): void {
    this.#report(gapLine(gap));
  }

  #hear(at: number): void {
    if (at <= this.#latestMs) return;
    this.#latestMs = at;
    this.#latestAt = this.#steady();
  }

  #returned(at: number): void {
    const { sinceMs, cause } = this.#out ?? { sinceMs: at, cause: 'crash' };
    this.#out = undefined;
    if (at > sinceMs) this.#tell({ sinceMs, untilMs: at, cause });
  }

  #path(state: string, at: number): void {
    if (PATH_DOWN.has(state)) this.#pathDownMs ??= at;
    if (!PATH_UP.has(state) || this.#pathDownMs === undefined) return;
    this.#pathDownMs = undefined;
    this.#pathUpMs = at;
  }

  #exit(userId: string, at: number, reason: number | undefined): void {
    const sinceMs = this.#silences.forget(userId) ?? at;
    // REMOTE_USER_EXIT's reason for an anchor whose connection the server gave up.
    this.#left.set(userId, { sinceMs, cause: reason === 1 ? 'anchor-disconnected' : 'left' });
    for (const key of this.#muted.keys()) if (keyOwner(key) === userId) this.#muted.delete(key);
  }

  #enter(userId: string, at: number): void {
    const left = this.#left.get(userId);
    this.#left.delete(userId);
    if (left !== undefined) this.#tell({ ...left, untilMs: at, userId });
  }

  #available({ userId, stream, kind, at }: Extract<RoomEvent, { type: 'available' }>): void {
    this.#enter(userId, at);
    const key = JSON.stringify([userId, stream, kind]);
    const sinceMs = this.#muted.get(key);
    this.#muted.delete(key);
    if (sinceMs !== undefined) this.#tell({ sinceMs, untilMs: at, cause: 'muted', userId, track: `${stream} ${kind}` });
  }

  #unavailable({ userId, stream, kind, at }: Extract<RoomEvent, { type: 'unavailable' }>): void {
    this.#silences.forget(userId, stream, kind);
    // A screen that isn't shared any more is not muted.
    if (stream === 'main') this.#muted.set(JSON.stringify([userId, stream, kind]), at);
  }
}

const keyOwner = (key: string): unknown => (JSON.parse(key) as unknown[])[0];
