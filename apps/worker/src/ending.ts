import type { Reason, RoomEvent } from '@trtc-recorder/contracts';

/** How a recording ended: the reason of the result and a sentence for a person. */
export interface Ending {
  readonly reason: Reason;
  readonly message: string;
}

/** A take that ended without the recording having ended: the recorder has to join again. */
export interface Lost {
  readonly lost: string;
  /** Whether others were lost with it, so that it need not be its own doing; known a moment after the loss. */
  readonly shared?: () => boolean;
}

export interface EndingLimits {
  /** ms without an anchor until the recording ends, counted from the join on. */
  readonly noAnchorMs: number;
  /** ms from the first join until the recording ends. */
  readonly maxDurationMs: number;
  /**
   * ms from the start of the watch on, in which one login of the recorder's UserId elsewhere may be that of the worker
   * which had the recording before: it hung, and its SDK came back to the room before it knew. 0: there was none.
   */
  readonly predecessorMs: number;
}

/** How each removal from the room ends the recording. */
export const KICKED: Record<'banned' | 'kick' | 'room_disband', Ending> = {
  banned: { reason: 'banned', message: 'the recorder was removed from the room' },
  kick: { reason: 'kick', message: "another login of the recorder's UserId took its place" },
  room_disband: { reason: 'room_disband', message: 'the room was dismissed' },
};

/**
 * Decides when a recording ends. It watches the room's events over all takes of one worker and is asked again as time
 * passes; it has no clock and no timers of its own. An anchor is present from its enter, or its first available track,
 * until its exit. All times it is given are of one clock that nobody sets, in ms; those that events carry are of another.
 */
export class EndingWatch {
  readonly #limits: EndingLimits;
  readonly #startedAt: number;
  #predecessorUntil: number;
  readonly #present = new Set<string>();
  #lastAnchorAt: number;
  /** Since when the recorder has been out of the room: nobody looks then whether there is an anchor. */
  #awaySince: number | null = null;
  #verdict: Ending | Lost | null = null;

  /** `startedAt`: when the recording was first in the room. */
  constructor(limits: EndingLimits, startedAt: number, now: number) {
    this.#limits = limits;
    this.#startedAt = startedAt;
    this.#predecessorUntil = now + limits.predecessorMs;
    this.#lastAnchorAt = now;
  }

  /**
   * A take, or another try to join, is about to begin: who is in the room is learnt anew. The time without an anchor goes on once the recorder
   * is in the room: an outage is no absence of the anchors.
   */
  newTake(now: number): void {
    if (this.#present.size > 0) this.#lastAnchorAt = now;
    this.#awaySince ??= now;
    this.#present.clear();
    if (this.#verdict !== null && 'lost' in this.#verdict) this.#verdict = null;
  }

  event(event: RoomEvent, now: number): void {
    if (event.type === 'entered' && this.#awaySince !== null) {
      this.#lastAnchorAt += Math.max(0, now - this.#awaySince);
      this.#awaySince = null;
    }
    if (event.type === 'anchor-enter' || event.type === 'available') this.#present.add(event.userId);
    if (event.type === 'anchor-exit' && this.#present.delete(event.userId)) this.#lastAnchorAt = now;
    if (event.type === 'kicked') this.#verdict ??= this.#kicked(event.reason, now);
    if (event.type === 'error') this.#verdict ??= { lost: `the SDK gave up: ${event.message} (${codes(event)})` };
    if (event.type === 'crashed') this.#verdict ??= { lost: event.message };
  }

  #kicked(reason: keyof typeof KICKED, now: number): Ending | Lost {
    if (reason !== 'kick' || now >= this.#predecessorUntil) return KICKED[reason];
    this.#predecessorUntil = now;
    return { lost: `${KICKED.kick.message}: it may be the worker that had the recording before` };
  }

  /** The verdict at `now`, or null while the take goes on. */
  check(now: number): Ending | Lost | null {
    if (this.#verdict !== null) return this.#verdict;
    const { noAnchorMs } = this.#limits;
    const timeUp = this.timeUp(now);
    if (timeUp !== null) return timeUp;
    const isLooking = this.#awaySince === null;
    if (isLooking && this.#present.size === 0 && now - this.#lastAnchorAt >= noAnchorMs)
      return { reason: 'no_anchor', message: `the room had no anchor for ${seconds(noAnchorMs)}` };
    return null;
  }

  /** The one end that comes also while the recorder is out of the room. */
  timeUp(now: number): Ending | null {
    const { maxDurationMs } = this.#limits;
    if (now - this.#startedAt < maxDurationMs) return null;
    return { reason: 'max_duration', message: `the time limit of ${seconds(maxDurationMs)} was reached` };
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
const codes = ({ code, extraCode }: { code: number; extraCode?: number | undefined }): string =>
  extraCode === undefined ? `code ${code}` : `code ${code}, extraCode ${extraCode}`;
