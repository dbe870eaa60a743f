import type { RoomEventOf } from '@trtc-recorder/contracts';
import type { Track } from './roster.ts';
import { TapSuspicion } from './tap-suspicion.ts';

/** A published track without a packet for this long is named as not recorded. */
export const NAMED_MS = 7500;

/** One published track, for as long as it is published. */
export class Watch {
  readonly track: Track;
  /** When it was published. */
  readonly since: number;
  /** The receiver that delivers it. */
  tap: number | undefined;
  /** Frames tapped of it. */
  frames: number;
  /** When its last frame or packet came, or the last step was taken. */
  quietSince: number;
  /** Steps taken since the last frame. */
  steps = 0;
  /** The server refused it when it was asked last. */
  isRefused = false;
  /** Why it is not recorded, as the last event said. */
  failedBy: RoomEventOf<'subscription-failed'>['cause'] | undefined;
  readonly suspicion = new TapSuspicion();
  /** Recorded another way. */
  isDeaf = false;
  /** How often it could not be recorded another way, since the last frame. */
  failures = 0;
  #heardAt: number | undefined;

  constructor(track: Track, since: number, frames: number) {
    this.track = track;
    this.since = since;
    this.frames = frames;
    this.quietSince = since;
  }

  /** Whether a frame came since it was published. */
  get wasHeard(): boolean {
    return this.#heardAt !== undefined;
  }

  /** From when on it is missing, as far as is known. */
  get missingSince(): number {
    return this.#heardAt ?? this.since;
  }

  /** Whether anything was done or said about it since the last frame. */
  get isDisturbed(): boolean {
    return this.steps > 0 || this.isDeaf || this.failures > 0 || this.failedBy !== undefined;
  }

  /** Published for so long without a frame that it has to be said. */
  isOverdue(now: number): boolean {
    return !this.wasHeard && this.failedBy === undefined && now - this.since >= NAMED_MS;
  }

  /** Frames came. */
  heard(now: number): void {
    this.#heardAt = now;
    this.quietSince = now;
    this.steps = 0;
    this.failures = 0;
    this.isRefused = false;
    this.failedBy = undefined;
  }
}
