import type { Frame } from '@trtc-recorder/contracts';
import { ArrivalRecorder, type FrameArrival } from './arrival-recorder.ts';
import { ArrivalWatch } from './arrival-watch.ts';
import { clockRate } from '../frames/codecs.ts';
import type { Journal } from '../journal/journal.ts';
import { createAudioLane, createVideoLane, type Lane, type TellGap } from './lane.ts';
import { SegmentSequence } from '../segment/segment-sequence.ts';
import type { SegmentContext } from '../segment/segment-writer.ts';

export interface TrackWriterOptions {
  readonly take: number;
  readonly track: number;
  /** A segment closes at the first key frame this many ms after its start. */
  readonly segmentMs: number;
  readonly context: SegmentContext;
  readonly nextSegment: () => number;
  /** Pictures are dropped until a key frame comes. */
  readonly needsKey: () => void;
}

/** Sound that pauses this long (mute, DTX without comfort noise) closes its segment; the track stays. */
const PAUSE_MS = 5_000;
/** A pause of this length, with others heard meanwhile, was the end of the track if nothing more comes. */
const SILENCE_MS = 30_000;
/** The last frames of a track may come after the news of its end. */
const LINGER_MS = 1_000;
/**
 * Each receiver's frames come in their order, but one may be behind the others when its thread had no turn: another
 * track's clock gives a hole up only when that much more has passed.
 */
const BEHIND_OTHERS_MS = 1_000;

/** One track of a take: a sender's run of frames on one receiver, from its first frame to its end. */
export class TrackWriter {
  readonly #journal: Journal;
  readonly #track: number;
  readonly #owner: Frame;
  readonly #segments: SegmentSequence;
  readonly #lane: Lane;
  readonly #arrivals: ArrivalRecorder;
  readonly #arrivalWatch: ArrivalWatch;
  #lastRtp = -Infinity;
  #lastAt: number;
  #paused = false;
  #ending: { readonly cause: string; readonly since: number; at: number } | undefined;

  /** `first` is the frame the track begins with; it is not written yet. */
  constructor(first: Frame, now: number, options: TrackWriterOptions) {
    const { take, track, context } = options;
    const { journal } = context;
    const { userId, stream, kind, codec, ssrc, tap } = first;
    const rate = clockRate(kind);
    this.#journal = journal;
    this.#track = track;
    this.#owner = first;
    this.#lastAt = now;
    journal.append({ type: 'track', take, track, userId, stream, kind, codec, clockRate: rate, ssrc, tap });
    this.#segments = new SegmentSequence({ ...options, clockRate: rate }, context);
    const createLane = kind === 'audio' ? createAudioLane : createVideoLane;
    const tellGap: TellGap = (gap) => journal.append({ type: 'gap', track, ...gap });
    this.#arrivals = new ArrivalRecorder(rate, (line) => journal.append({ type: 'arrivals', track, ...line }));
    const received = (arrival: FrameArrival): void => {
      this.#arrivals.add(arrival);
      this.#lastRtp = Math.max(arrival.rtp, this.#lastRtp);
    };
    this.#lane = createLane({ segments: this.#segments, tellGap, received, needsKey: options.needsKey });
    this.#arrivalWatch = new ArrivalWatch((gap) => journal.append({ type: 'arrival-gap', track, ...gap }));
  }

  /** Whether it has the frames of this user's stream. Without stream or kind: of any. */
  belongsTo(userId: string, stream?: string, kind?: string): boolean {
    const owner = this.#owner;
    return owner.userId === userId && (stream ?? owner.stream) === owner.stream && (kind ?? owner.kind) === owner.kind;
  }

  /** Why `frame` cannot go on with this track, if it cannot: it has another owner, or belongs to another stream. */
  breakBefore(frame: Frame): 'owner' | 'discontinuity' | undefined {
    if (!this.belongsTo(frame.userId, frame.stream, frame.kind)) return 'owner';
    return this.#lane.isUnrelated(frame) ? 'discontinuity' : undefined;
  }

  push(frame: Frame, now: number): void {
    this.#arrivalWatch.add(frame.receivedAt);
    this.#lastAt = now;
    this.#paused = false;
    if (this.#ending !== undefined) this.#postponeEnd(this.#ending, now);
    this.#lane.push(frame);
  }

  /** News of its end: it ends when no more frames come. */
  endSoon(cause: string, now: number): void {
    this.#ending ??= { cause, since: now, at: now };
  }

  /** Published again before it had ended. */
  keepOn(): void {
    this.#ending = undefined;
  }

  /** What time itself brings about. Answers the cause when the track has to end now. */
  sweep(now: number): string | undefined {
    this.#lane.flush(now - BEHIND_OTHERS_MS);
    if (!this.#paused && now - this.#lastAt > PAUSE_MS) this.#pause();
    return this.#ending !== undefined && now - this.#ending.at > LINGER_MS ? this.#ending.cause : undefined;
  }

  /** Writes out everything, closes the segment, journals the end. */
  async end(cause: string, now: number): Promise<void> {
    const silent = now - this.#lastAt > SILENCE_MS;
    this.#lane.end();
    this.#segments.close();
    this.#arrivals.end();
    await this.#segments.closed();
    const track = this.#track;
    this.#journal.append({ type: 'track-end', track, rtp: this.#lastRtp, cause: silent ? 'silence' : cause });
  }

  /** Another sender on the same receiver isn't its end after all when its frames go on coming. */
  #postponeEnd(ending: { readonly cause: string; readonly since: number; at: number }, now: number): void {
    if (ending.cause === 'replaced' && now - ending.since > LINGER_MS) this.#ending = undefined;
    else ending.at = now;
  }

  /** A video segment stays open: after a pause the pictures go on as deltas, which could not begin another. */
  #pause(): void {
    this.#paused = true;
    if (this.#owner.kind === 'audio') this.#segments.close();
  }
}
