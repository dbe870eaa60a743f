import type { Frame, Mode, Reason, RoomEvent } from '@trtc-recorder/contracts';
import type { Logger } from '@trtc-recorder/runtime';
import { kindsOf } from '../../kinds.ts';
import type { Journal } from '../journal/journal.ts';
import type { SegmentContext } from '../segment/segment-writer.ts';
import { TakeClock } from './take-clock.ts';
import { TrackWriter } from './track-writer.ts';

export interface TakeStats {
  /** Anchors that sent anything in this take. */
  readonly anchors: number;
  /** Encoded media taken in, in bytes. */
  readonly bytes: number;
  readonly frames: number;
  readonly openTracks: number;
}

/** How a recording ended. */
export interface Ended {
  readonly reason: Reason;
  readonly message: string;
}

/** One worker's uninterrupted capture of a recording. */
export interface Take {
  /** 1 for the first take of a recording. */
  readonly number: number;
  /**
   * Takes in a frame. Synchronous, cheap, never throws: what goes wrong is told by `onFault`. The frame's bytes must
   * not change afterwards.
   */
  frame(frame: Frame): void;
  /** Journals an event; what it says about tracks takes effect. */
  event(event: RoomEvent): void;
  stats(): TakeStats;
  /** Journals at once how the recording ended: a worker that takes it over from here on must not join again. */
  ended(ending: Ended): void;
  /**
   * Writes out what waits, closes the segments, journals the end. Frames that come later are not taken. Never rejects;
   * what goes wrong is told by `onFault`.
   */
  close(reason: string): Promise<void>;
}

export interface TakeOptions {
  readonly number: number;
  readonly mode: Mode;
  readonly segmentMs: number;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly context: SegmentContext;
  readonly nextTrack: () => number;
  readonly nextSegment: () => number;
  readonly onKeyFrameNeeded: (tap: number) => void;
  /** Puts the directory's names onto the disk, and lets go of the journal. */
  readonly finish: () => Promise<void>;
}

const SWEEP_MS = 250;

/** Takes frames apart into tracks, and ends them by what happens in the room. */
export class RunningTake implements Take {
  readonly #options: TakeOptions;
  readonly #clock = new TakeClock();
  readonly #tracks = new Map<string, TrackWriter>();
  readonly #ends = new Set<Promise<void>>();
  readonly #anchors = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #frames = 0;
  #sweptAt = 0;
  #stopped = false;
  #closed: Promise<void> | undefined;

  constructor(options: TakeOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#guard(() => this.#sweep(this.#clock.now)), SWEEP_MS).unref();
  }

  get number(): number {
    return this.#options.number;
  }

  frame(frame: Frame): void {
    if (this.#stopped || !kindsOf(this.#options.mode).includes(frame.kind)) return;
    this.#guard(() => {
      if (!Number.isFinite(frame.receivedAt + frame.rtpTimestamp)) throw new RangeError('a frame without a time');
      const now = this.#clock.hear(frame.receivedAt);
      this.#bytes += frame.data.length;
      this.#frames += 1;
      this.#trackOf(frame, now).push(frame, now);
      if (now - this.#sweptAt >= SWEEP_MS) this.#sweep(now);
    });
  }

  event(given: RoomEvent): void {
    if (this.#closed !== undefined) return;
    // The one event that this process tells by its own clock, which may have been set.
    const event = given.type === 'crashed' ? { ...given, at: this.#clock.byFrames(given.at) } : given;
    this.#options.journal.append({ type: 'event', take: this.number, event });
    this.#guard(() => this.#react(event));
  }

  stats(): TakeStats {
    return {
      anchors: this.#anchors.size,
      bytes: this.#bytes,
      frames: this.#frames,
      openTracks: this.#tracks.size,
    };
  }

  ended({ reason, message }: Ended): void {
    this.#options.journal.append({ type: 'ending', reason, message });
  }

  close(reason: string): Promise<void> {
    this.#closed ??= this.#close(reason);
    return this.#closed;
  }

  /** After a fault nothing more is taken in; what is there is closed by `close`. */
  stop(): void {
    this.#stopped = true;
  }

  async #close(reason: string): Promise<void> {
    this.#stopped = true;
    const at = this.#clock.byFrames(Date.now());
    clearInterval(this.#timer);
    for (const key of this.#tracks.keys()) this.#end(key, reason);
    await Promise.all(this.#ends);
    this.#options.journal.append({ type: 'take-end', at, take: this.number, reason });
    await this.#options.finish();
  }

  #trackOf(frame: Frame, now: number): TrackWriter {
    const key = `${frame.tap}:${frame.ssrc}`;
    const known = this.#tracks.get(key);
    if (known !== undefined) {
      const cause = known.breakBefore(frame);
      if (cause === undefined) return known;
      this.#end(key, cause);
    }
    for (const [other, track] of this.#tracks) if (other.startsWith(`${frame.tap}:`)) track.endSoon('replaced', now);
    const { number: take, context, segmentMs, nextSegment, onKeyFrameNeeded } = this.#options;
    const needsKey = (): void => onKeyFrameNeeded(frame.tap);
    const number = this.#options.nextTrack();
    const track = new TrackWriter(frame, now, { take, track: number, segmentMs, nextSegment, needsKey, context });
    this.#tracks.set(key, track);
    this.#anchors.add(frame.userId);
    return track;
  }

  #react(event: RoomEvent): void {
    const now = this.#clock.now;
    switch (event.type) {
      case 'unavailable':
      case 'available': {
        for (const track of this.#tracks.values()) {
          if (!track.belongsTo(event.userId, event.stream, event.kind)) continue;
          if (event.type === 'available') track.keepOn();
          else track.endSoon(event.type, now);
        }
        return;
      }
      case 'anchor-exit':
        for (const track of this.#tracks.values()) if (track.belongsTo(event.userId)) track.endSoon(event.type, now);
        return;
      case 'kicked':
      case 'error':
      case 'crashed':
        for (const key of this.#tracks.keys()) this.#end(key, event.type);
        return;
      default:
    }
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [key, track] of this.#tracks) {
      const cause = track.sweep(now);
      if (cause !== undefined) this.#end(key, cause);
    }
  }

  #end(key: string, cause: string): void {
    const track = this.#tracks.get(key);
    if (track === undefined) return;
    this.#tracks.delete(key);
    const ended = track
      .end(cause, this.#clock.now)
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'a track could not be ended'))
      .finally(() => this.#ends.delete(ended));
    this.#ends.add(ended);
  }

  /** Nothing that a frame or an event holds may harm the capture of the others. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a frame or an event could not be taken in');
    }
  }
}
