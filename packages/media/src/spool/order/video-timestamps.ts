import type { Picture } from '../frames/picture.ts';
import { followsInCount, missingByCount } from './frame-count.ts';
import { HeldFrames, type ArrivedFrame } from './held-frames.ts';
import { markOf, ReceivedFrames, TICKS_PER_MS, type ReceivedFrame } from './received-frames.ts';

export interface VideoTimestampsSink {
  /** A frame on the track's continuous clock. `jump`: the sender's timestamps jumped before it. */
  frame(picture: Picture, jump: boolean): void;
  /** Whether a frame at this time can still be written. */
  isOpen(rtp: number): boolean;
}

/** No delay and no retransmission explains a difference of this size. */
const JUMP_TICKS = 10_000 * TICKS_PER_MS;
/** A frame that comes early by so much, and by so much of its step, was stamped by a clock that was set ahead. */
const EARLY_TICKS = 15 * TICKS_PER_MS;
const EARLY_SHARE = 0.7;
/** Frames with B-frames come out of the order of their times by less than this. */
const REORDER_TICKS = 1_000 * TICKS_PER_MS;
/** A frame sent before a jump that arrives after it is late by less than this; a later one isn't waited for. */
const OLD_CLOCK_MS = 500;
/** Closer than this to another frame, in shortest steps, there is no room for a frame; between two frames this far apart. */
const TOO_NEAR = 0.4;
const TOO_SHORT = 0.6;
const ROOM = 1.6;
/** More missing frames than this at a jump aren't given their time. */
const MAX_MISSING = 8;
const USUAL_TICKS = 3_000;
/** Shorter frames may be alike by chance; a frame that is received again comes within this time. */
const MARK_BYTES = 64;
const AGAIN_MS = 5_000;

/**
 * Gives the frames of a video track continuous RTP times: where the sender's timestamps jump back, or ahead by more than any
 * delay, the size of the jump is subtracted from there on. A frame that is older than the newest may also be late or
 * repeated. A late frame lies where one is missing; its place has room, and in H264 its number follows on the frame
 * before. Where that doesn't decide, frames are held until others follow (docs/decisions/0058).
 */
export class VideoTimestamps {
  readonly #sink: VideoTimestampsSink;
  readonly #received = new ReceivedFrames();
  #offset = 0;
  /** The offset before the last jump, and where and when that was. */
  #before: { readonly offset: number; readonly rtp: number; readonly at: number } | undefined;
  readonly #held = new HeldFrames();
  #reorders = false;

  constructor(sink: VideoTimestampsSink) {
    this.#sink = sink;
  }

  /** The continuous time of a timestamp on the sender's current clock. */
  current(sentRtp: number): number {
    return sentRtp + this.#offset;
  }

  /** Takes in a frame with the sender's timestamp, unwrapped. */
  push(picture: Picture): void {
    const { newest } = this.#received;
    const arrived = { picture, mark: markOf(picture) };
    const rtp = this.current(picture.rtp);
    if (picture.bidirectional === true) this.#reorders = true;
    if (this.#held.has(arrived)) return;
    const repeated = this.#repeatedBy(arrived);
    if (newest === undefined) this.#accept(arrived, rtp);
    else if (repeated !== undefined) this.#accept(arrived, repeated.rtp);
    else if (this.#reorders) this.#pushReordered(arrived, rtp, newest);
    else if (this.#isOfOldClock(arrived, rtp, newest)) this.#accept(arrived, this.#oldTime(picture));
    else if (rtp > newest.rtp) this.#pushNewer(arrived, rtp, newest);
    else this.#pushOlder(arrived, rtp, newest);
  }

  /** Lets go what was held when nothing followed until `now`. */
  flush(now: number): void {
    if (this.#held.isOver(now)) this.end();
  }

  end(): void {
    if (this.#held.isRowAtEnd) this.#jumpWith(this.#held.takeAll());
    else this.#releaseLate();
  }

  #pushReordered(arrived: ArrivedFrame, rtp: number, newest: ReceivedFrame): void {
    this.#releaseLate();
    const ahead = rtp - newest.rtp;
    if (ahead < -REORDER_TICKS || this.#isFarAhead(arrived, ahead, newest)) this.#jump(arrived);
    else this.#accept(arrived, rtp);
  }

  #pushNewer(arrived: ArrivedFrame, rtp: number, newest: ReceivedFrame): void {
    if (this.#followsHeld(arrived, rtp, newest)) {
      this.#jumpWith(this.#held.takeAll());
      this.push(arrived.picture);
      return;
    }
    this.#releaseLate();
    if (this.#isFarAhead(arrived, rtp - newest.rtp, newest)) this.#jump(arrived);
    else this.#accept(arrived, rtp);
  }

  #pushOlder(arrived: ArrivedFrame, rtp: number, newest: ReceivedFrame): void {
    const verdict = this.#judgeOlder(arrived, rtp, newest);
    if (verdict === 'late') {
      this.#accept(arrived, rtp);
      return;
    }
    this.#held.add(arrived);
    if (verdict === 'jump' || this.#held.isRow)
      this.#jumpWith(this.#held.takeRow(this.#received.usualStep ?? USUAL_TICKS));
    else if (this.#held.isFull) this.#releaseLate();
  }

  /** What a frame is that isn't newer than the newest; undefined if only the next ones can tell. */
  #judgeOlder({ picture, mark }: ArrivedFrame, rtp: number, newest: ReceivedFrame): 'jump' | 'late' | undefined {
    if (newest.rtp - rtp > JUMP_TICKS) return 'jump';
    if (this.#received.find(picture.rtp, mark) !== undefined) return undefined;
    const [before, after] = this.#received.around(rtp);
    const shortest = this.#received.shortestStep ?? this.#received.usualStep ?? 0;
    const followsNewest = followsInCount(newest.chain, picture.chain);
    if (before?.rtp === newest.rtp) {
      // Parts of one frame (spatial layers) have one timestamp and come together.
      const passed = (picture.arrivedAt - newest.arrivedAt) * TICKS_PER_MS;
      return followsNewest || passed > TOO_NEAR * shortest ? 'jump' : 'late';
    }
    if (before === undefined || after === undefined) return this.#sink.isOpen(rtp) ? 'late' : undefined;
    if (Math.min(rtp - before.rtp, after.rtp - rtp) < TOO_NEAR * shortest) return 'jump';
    if (after.rtp - before.rtp < ROOM * (this.#received.shortestStep ?? 0)) return 'jump';
    const followsBefore = followsInCount(before.chain, picture.chain);
    if (followsBefore && !followsNewest) return 'late';
    if (followsNewest && !followsBefore && followsInCount(before.chain, after.chain)) return 'jump';
    return this.#sink.isOpen(rtp) ? 'late' : undefined;
  }

  /** A frame sent before the last jump that arrives after it: there is room for it before the jump. */
  #isOfOldClock({ picture }: ArrivedFrame, rtp: number, newest: ReceivedFrame): boolean {
    const last = this.#before;
    if (last === undefined) return false;
    const old = this.#oldTime(picture);
    if (picture.arrivedAt - last.at + (last.rtp - old) / TICKS_PER_MS > OLD_CLOCK_MS) return false;
    const [before, after] = this.#received.around(old);
    if (old >= last.rtp || before === undefined || after === undefined) return false;
    const shortest = this.#received.shortestStep ?? this.#received.usualStep ?? 0;
    if (Math.min(old - before.rtp, after.rtp - old) < TOO_SHORT * shortest) return false;
    const passed = (picture.arrivedAt - newest.arrivedAt) * TICKS_PER_MS;
    return rtp <= newest.rtp || rtp - newest.rtp > passed + 2 * (this.#received.usualStep ?? 0);
  }

  /** The same frame, received before. */
  #repeatedBy({ picture, mark }: ArrivedFrame): ReceivedFrame | undefined {
    const same = picture.data.length < MARK_BYTES ? undefined : this.#received.find(picture.rtp, mark);
    return same !== undefined && picture.arrivedAt - same.arrivedAt < AGAIN_MS ? same : undefined;
  }

  #oldTime({ rtp }: Picture): number {
    return rtp + (this.#before?.offset ?? 0);
  }

  /**
   * Whether timestamps jumped ahead. No frame comes earlier than the least delayed one by most of the step that it makes,
   * whatever was lost before it, unless the step isn't time.
   */
  #isFarAhead({ picture }: ArrivedFrame, ticks: number, newest: ReceivedFrame): boolean {
    if (ticks - (picture.arrivedAt - newest.arrivedAt) * TICKS_PER_MS > JUMP_TICKS) return true;
    const usual = this.#received.usualStep;
    if (usual === undefined || ticks <= ROOM * usual || this.#received.shortestStep === undefined) return false;
    const early = this.#received.delays.least - (picture.arrivedAt * TICKS_PER_MS - (newest.rtp + ticks));
    return early >= Math.max(EARLY_TICKS, EARLY_SHARE * (ticks - usual));
  }

  /** Whether a newer frame shows that those held were set back by less than what has passed since. */
  #followsHeld({ picture }: ArrivedFrame, rtp: number, newest: ReceivedFrame): boolean {
    const { first, last } = this.#held;
    if (first === undefined || last === undefined || last.picture.rtp >= picture.rtp) return false;
    if (this.#received.find(first.picture.rtp, first.mark) !== undefined) return false;
    const follows = followsInCount(last.picture.chain, picture.chain);
    if (followsInCount(newest.chain, first.picture.chain) && follows)
      return !followsInCount(newest.chain, picture.chain);
    const shortest = this.#received.shortestStep ?? 0;
    const step = picture.rtp - last.picture.rtp;
    return rtp - newest.rtp < TOO_SHORT * shortest && step >= TOO_SHORT * shortest;
  }

  /** These frames follow on the newest; those held before were late. */
  #jumpWith([first, ...others]: readonly ArrivedFrame[]): void {
    this.#releaseLate();
    if (first !== undefined) this.#jump(first);
    for (const { picture } of others) this.push(picture);
  }

  #jump(arrived: ArrivedFrame): void {
    const { newest } = this.#received;
    const { picture } = arrived;
    const rtp = newest === undefined ? picture.rtp : newest.rtp + this.#stepAfter(newest, picture);
    this.#before = { offset: this.#offset, rtp, at: picture.arrivedAt };
    this.#offset = rtp - picture.rtp;
    this.#accept(arrived, rtp, true);
  }

  #stepAfter(newest: ReceivedFrame, picture: Picture): number {
    const usual = this.#received.usualStep ?? USUAL_TICKS;
    const missing = newest.chain && picture.chain ? missingByCount(newest.chain, picture.chain) : 0;
    const step = usual * (missing === undefined || missing > MAX_MISSING ? 1 : missing + 1);
    // At least so much time has passed: what is left of it without the usual delays.
    const { most } = this.#received.delays;
    const passed = Math.round(picture.arrivedAt * TICKS_PER_MS - newest.rtp - most);
    return passed > ROOM * usual ? Math.max(step, passed) : step;
  }

  #releaseLate(): void {
    for (const arrived of this.#held.takeAll()) this.#accept(arrived, this.current(arrived.picture.rtp));
  }

  #accept({ picture, mark }: ArrivedFrame, rtp: number, jump = false): void {
    const { arrivedAt, chain, codec } = picture;
    if (this.#received.around(rtp)[0]?.rtp !== rtp)
      this.#received.add({ arrivedAt, chain, codec, mark, rtp, sentRtp: picture.rtp });
    this.#sink.frame({ ...picture, rtp }, jump);
  }
}
