import type { ChainLink, Picture } from '../frames/picture.ts';

/** Frames remembered: enough to have seen two close to each other, few enough to follow a frame rate that changes. */
const RECENT = 40;
/** Steps that show how close frames come, where the count goes on between them; where it hardly ever does. */
const ENOUGH_STEPS = 4;
const ENOUGH_SKIPS = 8;
/** A step is at least so much of those it could be made of: cameras are irregular. */
const TOLERANCE = 0.8;
/** Steps that differ by less than this factor are alike. */
const ALIKE = 1.6;
/** After so many holes that can't be losses the encoder's count proves nothing. */
const IRREGULAR_AFTER = 3;

/** frame_num of a frame after the reference frame `last` (H264, 7.4.3): one more; of a second field the same. */
const missingBetween = (last: number, { frameNum, maxFrameNum, fields }: ChainLink): number => {
  const ahead = (frameNum - last + maxFrameNum) % maxFrameNum;
  if (ahead === 0) return fields ? 0 : maxFrameNum - 1;
  return ahead - 1;
};

const numberAfter = ({ frameNum, reference, resets, maxFrameNum }: ChainLink): number => {
  if (resets) return 0;
  return reference ? frameNum : (frameNum - 1 + maxFrameNum) % maxFrameNum;
};

/** Whether a frame is the next in decoding order after another by its number; false if that isn't known. */
export const followsInCount = (before: ChainLink | undefined, frame: ChainLink | undefined): boolean =>
  before !== undefined && frame !== undefined && missingByCount(before, frame) === 0;

/** How many reference frames are missing between two by their numbers; undefined if that isn't known. */
export const missingByCount = (before: ChainLink, frame: ChainLink): number | undefined =>
  frame.idr || frame.gapsAllowed ? undefined : missingBetween(numberAfter(before), frame);

interface Steps {
  /** Ticks between frames whose numbers follow each other, and between others. */
  readonly followed: number[];
  readonly skipped: number[];
}

const stepsAmong = (pictures: readonly Picture[]): Steps => {
  const steps: Steps = { followed: [], skipped: [] };
  for (const [index, { chain, rtp }] of pictures.entries()) {
    const before = pictures[index - 1];
    if (before?.chain === undefined || chain === undefined || chain.idr) continue;
    const follows = missingBetween(numberAfter(before.chain), chain) === 0;
    (follows ? steps.followed : steps.skipped).push(rtp - before.rtp);
  }
  return steps;
};

/** The least time between two frames; undefined while too little came to tell. */
const shortestStep = ({ followed, skipped }: Steps): number | undefined => {
  if (followed.length >= ENOUGH_STEPS) return Math.min(...followed);
  const shortest = Math.min(...skipped);
  const neverCounts = skipped.length >= ENOUGH_SKIPS * (followed.length + 1);
  return neverCounts && Math.max(...skipped) < shortest * ALIKE ? shortest : undefined;
};

/**
 * Weighs what H264's count of reference frames says (frame_num) against the time. Encoders count irregularly (Intel's
 * MediaSDK, libyami), and decoders don't mind. A frame that was lost took its time: where the step is too short for what
 * the count says is missing, nothing is.
 */
export class FrameCount {
  #recent: Picture[] = [];
  /** Number of the last reference frame that was accepted. */
  #last: number | undefined;
  #impossible = 0;

  /** The count has been wrong so often that it proves nothing. */
  get irregular(): boolean {
    return this.#impossible >= IRREGULAR_AFTER;
  }

  /** How many frames at least are missing before one by its number; 0 where nothing is known. */
  missingBefore({ chain }: Picture): number {
    if (chain === undefined || chain.gapsAllowed || this.#last === undefined) return 0;
    const missing = missingBetween(this.#last, chain);
    // A lost key frame began the count again.
    return chain.frameNum > 0 ? Math.min(missing, chain.frameNum) : missing;
  }

  /**
   * Whether so many frames can have been sent within `step` ticks, by those that came before and after; undefined while too
   * few came to tell.
   */
  hasRoom(missing: number, step: number, upcoming: readonly Picture[]): boolean | undefined {
    const shortest = shortestStep(stepsAmong([...this.#recent, ...upcoming]));
    return shortest === undefined ? undefined : step >= shortest * (missing + 1) * TOLERANCE;
  }

  /** A frame was accepted though frames are missing by its number: there was no room for them. */
  noteImpossible(): void {
    this.#impossible += 1;
  }

  /** A frame is let go, written or dropped. */
  passed(picture: Picture): void {
    this.#recent.push(picture);
    if (this.#recent.length > RECENT) this.#recent.shift();
  }

  accepted({ chain }: Picture): void {
    if (chain?.reference === true) this.#last = chain.resets ? 0 : chain.frameNum;
  }

  /** Nothing is accepted before the next key frame. */
  reset(): void {
    this.#last = undefined;
  }
}
