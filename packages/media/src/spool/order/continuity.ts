import { Cadence } from './cadence.ts';
import type { ChainLink, Picture } from '../frames/picture.ts';

/**
 * `next`: it follows what was accepted last. `unsure`: something may be missing before it; worth a wait. `suspect`: a
 * picture seems to be missing; only what comes then can tell. `hole`: something it hangs on is missing.
 */
export type Verdict = 'next' | 'unsure' | 'suspect' | 'hole';

/** frame_num of a picture after the reference picture `last` (H264, 7.4.3): the same modulus, one more. */
const followsInChain = (last: number, { frameNum, maxFrameNum }: ChainLink): boolean =>
  (frameNum - last + maxFrameNum) % maxFrameNum <= 1;

/**
 * Judges whether pictures are missing between those accepted so far and the next. H264 counts its reference pictures
 * (frame_num), so a hole shows; a picture nothing refers to may be missing without harm. VP8, VP9 and AV1 say nothing
 * in the frame itself: there a step twice the usual one in a steady row is suspect, no more, because encoders leave
 * pictures out as well.
 */
export class Continuity {
  readonly #cadence = new Cadence();
  #begun = false;
  #frameNum: number | undefined;

  /** The usual step between frames in ticks. */
  get usualStep(): number {
    return this.#cadence.usual ?? 0;
  }

  /** Whether the step to `rtp` is wide enough for another picture in between. */
  hasRoomBefore(rtp: number): boolean {
    return this.#cadence.isWide(rtp);
  }

  check(picture: Picture): Verdict {
    if (!this.#begun) return picture.key ? 'next' : 'hole';
    if (picture.key) return this.#cadence.isWide(picture.rtp) ? 'unsure' : 'next';
    const { chain } = picture;
    if (picture.codec === 'h264' && chain !== undefined && !chain.gapsAllowed && this.#frameNum !== undefined) {
      return followsInChain(this.#frameNum, chain) ? 'next' : 'hole';
    }
    if (!this.#cadence.isWide(picture.rtp)) return 'next';
    return this.#cadence.steady ? 'suspect' : 'unsure';
  }

  accept(picture: Picture): void {
    this.#begun = true;
    this.#cadence.add(picture.rtp);
    const { chain } = picture;
    if (chain?.reference === true) this.#frameNum = chain.resets ? 0 : chain.frameNum;
  }

  /** A picture is lost: nothing is accepted but a key frame. */
  breakOff(): void {
    this.#begun = false;
    this.#frameNum = undefined;
  }
}
