import { Rhythm } from './rhythm.ts';
import type { ChainLink, Picture } from '../frames/picture.ts';

/**
 * `next`: it follows what was accepted last. `unsure`: something may be missing before it; worth a wait. `suspect`: a
 * picture seems to be missing; only what comes then can tell. `hole`: something it hangs on is missing.
 */
export type Verdict = 'next' | 'unsure' | 'suspect' | 'hole';

/** frame_num of a picture after the reference picture `last` (H264, 7.4.3): one more; of a second field the same. */
const followsInChain = (last: number, { frameNum, maxFrameNum, fields }: ChainLink): boolean => {
  const ahead = (frameNum - last + maxFrameNum) % maxFrameNum;
  return ahead === 1 || (fields && ahead === 0);
};

/**
 * Judges whether pictures are missing between those accepted so far and the next. H264 counts its reference pictures
 * (frame_num), so a hole shows; a picture nothing refers to may be missing without harm. The count may be short, 16 with
 * many encoders: a hole in time that has room for a whole round is suspect. VP8, VP9 and AV1 say nothing in the frame
 * itself: there a step twice the usual one is. Both only in a steady row, because encoders leave pictures out as well.
 */
export class Continuity {
  readonly #rhythm = new Rhythm();
  #begun = false;
  #frameNum: number | undefined;

  /** The usual step between frames in ticks. */
  get usualStep(): number {
    return this.#rhythm.usual ?? 0;
  }

  /** Whether the step to `rtp` is wide enough for another picture in between. */
  hasRoomBefore(rtp: number): boolean {
    return this.#rhythm.hasRoomFor(1, rtp);
  }

  check(picture: Picture): Verdict {
    if (!this.#begun) return picture.key ? 'next' : 'hole';
    if (picture.key) return this.#rhythm.hasRoomFor(1, picture.rtp) ? 'unsure' : 'next';
    const { chain } = picture;
    if (picture.codec === 'h264' && chain !== undefined && !chain.gapsAllowed && this.#frameNum !== undefined) {
      if (!followsInChain(this.#frameNum, chain)) return 'hole';
      return this.#rhythm.hasRoomFor(chain.maxFrameNum, picture.rtp) && this.#rhythm.steady ? 'suspect' : 'next';
    }
    if (!this.#rhythm.hasRoomFor(1, picture.rtp)) return 'next';
    return this.#rhythm.steady ? 'suspect' : 'unsure';
  }

  accept(picture: Picture): void {
    this.#begun = true;
    this.#rhythm.add(picture.rtp);
    const { chain } = picture;
    if (chain?.reference === true) this.#frameNum = chain.resets ? 0 : chain.frameNum;
  }

  /** A picture is lost: nothing is accepted but a key frame. */
  breakOff(): void {
    this.#begun = false;
    this.#frameNum = undefined;
  }
}
