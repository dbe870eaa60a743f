import { Continuity } from './continuity.ts';
import { DecodingOrder } from './decoding-order.ts';
import { KeyRequest } from './key-request.ts';
import type { Picture } from '../frames/picture.ts';

export interface VideoOrderSink {
  /** The next picture that can be decoded. */
  picture(picture: Picture): void;
  /** `dropped` pictures that hang on one that never came; the time from `fromRtp` up to `toRtp` shows nothing. */
  gap(gap: { fromRtp: number; toRtp: number; dropped: number; cause: 'held' | 'no-key-frame' }): void;
  /** A picture whose place was already written past. */
  late(picture: Picture): void;
  /** Nothing can be taken but a key frame: the sender should be asked for one. Said again while none comes. */
  needsKey(): void;
}

/** How long a missing picture is waited for: large ones are retransmitted in part, and come after their successors. */
const WINDOW_MS = 400;
/**
 * How long a suspicion is kept: after a real loss the receiver asks the sender for a key frame, which then comes soon;
 * where an encoder merely left a picture out, none comes. Chromium asks at once when it gives packets up, and after 3 s
 * when it has missed them without knowing.
 */
const SUSPICION_MS = 4_000;
/** How long frames are collected at a track's start that tell whether its encoder counts. A key frame is asked for meanwhile. */
const LEARNING_MS = 2_000;
const MAX_PENDING = 300;
/** Steps remembered that had room for a picture which may still come. */
const MAX_GIVEN_UP = 16;

/**
 * Puts the pictures of one video track in order by RTP time, drops repeated ones, and from a hole on everything until
 * the next key frame: nothing leaves it that is known to be undecodable.
 */
export class VideoOrder {
  readonly #sink: VideoOrderSink;
  readonly #continuity = new Continuity();
  readonly #decoding = new DecodingOrder();
  readonly #givenUp: [from: number, to: number][] = [];
  readonly #keyRequest: KeyRequest;
  #pending: Picture[] = [];
  /** RTP time of the last picture let go, written or dropped. */
  #passed = -Infinity;
  #last: Picture | undefined;
  #hole: { fromRtp: number; dropped: number } | undefined;

  constructor(sink: VideoOrderSink) {
    this.#sink = sink;
    this.#keyRequest = new KeyRequest(() => sink.needsKey());
  }

  /** Whether a frame at this time can still be written in its place. */
  isOpen(rtp: number): boolean {
    return rtp > this.#passed;
  }

  push(picture: Picture): void {
    if (picture.bidirectional === true && !this.#decoding.active) this.#keepDecodingOrder();
    if (this.#decoding.active) {
      this.#pushInDecodingOrder(picture);
      return;
    }
    if (picture.rtp <= this.#passed) {
      if (picture.rtp !== this.#passed && this.#wasMissing(picture.rtp)) this.#sink.late(picture);
      return;
    }
    const after = this.#pending.findLastIndex((other) => other.rtp <= picture.rtp);
    if (this.#pending[after]?.rtp === picture.rtp) return;
    this.#pending.splice(after + 1, 0, picture);
    this.flush(picture.arrivedAt);
  }

  /** Lets go what has waited long enough by `now`. */
  flush(now: number): void {
    for (;;) {
      const index = this.#nextIndex();
      const head = this.#pending[index];
      if (head === undefined) return;
      const verdict = this.#judge(head, now);
      if (verdict === undefined) return;
      this.#pending.splice(index, 1);
      if (verdict === 'drop') this.#drop(head, now);
      else this.#accept(head);
      this.#continuity.pass(head);
      this.#passed = Math.max(this.#passed, head.rtp);
    }
  }

  /** Lets everything go; a hole that no key frame ended is told. */
  end(): void {
    this.flush(Infinity);
    this.#tellHole(this.#passed);
  }

  #keepDecodingOrder(): void {
    this.#decoding.begin();
    this.#continuity.reorder();
    this.#pending.sort((a, b) => a.arrivedAt - b.arrivedAt);
  }

  #pushInDecodingOrder(picture: Picture): void {
    if (this.#decoding.isPast(picture) || this.#pending.some(({ rtp }) => rtp === picture.rtp)) return;
    this.#pending.push(picture);
    this.flush(picture.arrivedAt);
  }

  /** The next to judge. In decoding order one that was retransmitted lets those go that wait for it; no key frame overtakes. */
  #nextIndex(): number {
    if (!this.#decoding.active) return 0;
    const upcoming = this.#pending;
    const next = upcoming.findIndex(
      (picture, index) => (index === 0 || !picture.key) && this.#continuity.check(picture, upcoming) === 'next',
    );
    return Math.max(0, next);
  }

  /** What to do with the first of those that wait; undefined: wait on. */
  #judge(head: Picture, now: number): 'accept' | 'drop' | undefined {
    const verdict = this.#continuity.check(head, this.#pending);
    if (verdict === 'next') return 'accept';
    const full = this.#pending.length > MAX_PENDING;
    const waitedMs = full ? Infinity : now - head.arrivedAt;
    if (waitedMs < WINDOW_MS) return undefined;
    if (verdict === 'undecided' && waitedMs < LEARNING_MS) {
      this.#keyRequest.needed(now);
      return undefined;
    }
    if (verdict === 'undecided' || verdict === 'hole') return 'drop';
    if (verdict === 'unsure') return 'accept';
    if (this.#pending.some(({ key }) => key)) return 'drop';
    return waitedMs < SUSPICION_MS ? undefined : 'accept';
  }

  #accept(picture: Picture): void {
    if (this.#hole !== undefined) this.#tellHole(picture.rtp);
    if (picture.key) this.#keyRequest.met();
    this.#noteSkipped(picture.rtp);
    this.#continuity.accept(picture, [picture, ...this.#pending]);
    this.#decoding.accepted(picture);
    this.#last = picture;
    this.#sink.picture(picture);
  }

  #drop(picture: Picture, now: number): void {
    if (this.#hole === undefined) {
      const fromRtp = this.#last === undefined ? picture.rtp : this.#last.rtp + this.#continuity.usualStep;
      this.#hole = { fromRtp: Math.min(fromRtp, picture.rtp), dropped: 0 };
      this.#noteSkipped(picture.rtp);
      this.#continuity.breakOff();
    }
    this.#hole.dropped += 1;
    if (Number.isFinite(now)) this.#keyRequest.needed(now);
  }

  #tellHole(toRtp: number): void {
    if (this.#hole === undefined) return;
    this.#sink.gap({ ...this.#hole, toRtp, cause: this.#last === undefined ? 'no-key-frame' : 'held' });
    this.#hole = undefined;
  }

  /** Remembers steps with room for a picture, to tell one that comes after all from a repeated one. */
  #noteSkipped(rtp: number): void {
    if (!this.#continuity.hasRoomBefore(rtp)) return;
    this.#givenUp.push([this.#passed, rtp]);
    if (this.#givenUp.length > MAX_GIVEN_UP) this.#givenUp.shift();
  }

  #wasMissing(rtp: number): boolean {
    return this.#givenUp.some(([from, to]) => rtp > from && rtp < to);
  }
}
