import { FrameCount } from './frame-count.ts';
import { Rhythm } from './rhythm.ts';
import type { Picture } from '../frames/picture.ts';

/**
 * `next`: it follows what was accepted last. `unsure`: something may be missing before it; worth a wait. `suspect`: a
 * picture seems to be missing; only what comes then can tell. `hole`: something it hangs on is missing. `undecided`: a hole
 * by its number, but too little came to tell whether the encoder counts at all.
 */
export type Verdict = 'next' | 'unsure' | 'suspect' | 'undecided' | 'hole';

/**
 * Judges whether pictures are missing between those accepted so far and the next. H264 counts its reference pictures
 * (frame_num), so a hole shows, unless the time has no room for it; a picture nothing refers to may be missing without
 * harm. The count may be short, 16 with many encoders: a hole in time that has room for a whole round is suspect. VP8, VP9
 * and AV1 say nothing in the frame itself: there a step twice the usual one is, and so it is where an encoder counts
 * irregularly. Only in a steady row, because encoders leave pictures out as well.
 */
export class Continuity {
  readonly #rhythm = new Rhythm();
  readonly #count = new FrameCount();
  #begun = false;
  #reorders = false;

  /** The usual step between frames in ticks. */
  get usualStep(): number {
    return this.#rhythm.usual ?? 0;
  }

  /** Whether the step to `rtp` is wide enough for another picture in between. */
  hasRoomBefore(rtp: number): boolean {
    return this.#rhythm.hasRoomFor(1, rtp);
  }

  /** `upcoming`: pictures that have come already, `picture` first. */
  check(picture: Picture, upcoming: readonly Picture[]): Verdict {
    if (!this.#begun) return picture.key ? 'next' : 'hole';
    if (this.#reorders) return picture.key || this.#count.missingBefore(picture) === 0 ? 'next' : 'hole';
    if (picture.key) return this.#rhythm.hasRoomFor(1, picture.rtp) ? 'unsure' : 'next';
    const { chain } = picture;
    const isCounted = picture.codec === 'h264' && chain !== undefined && !chain.gapsAllowed;
    if (!isCounted || this.#count.irregular) return this.#byTime(picture, this.#count.missingBefore(picture) > 0);
    const missing = this.#count.missingBefore(picture);
    if (missing === 0)
      return this.#rhythm.hasRoomFor(chain.maxFrameNum, picture.rtp) && this.#rhythm.steady ? 'suspect' : 'next';
    const hasRoom = this.#hasRoom(picture, missing, upcoming);
    if (hasRoom === undefined) return 'undecided';
    return hasRoom ? 'hole' : this.#byTime(picture, true);
  }

  /** From here on pictures come in decoding order: the time says nothing of what is missing. */
  reorder(): void {
    this.#reorders = true;
  }

  /** A picture is let go: with `accept` or without. `upcoming`: those behind it. */
  pass(picture: Picture): void {
    this.#count.passed(picture);
  }

  accept(picture: Picture, upcoming: readonly Picture[] = []): void {
    const missing = this.#begun && !picture.key ? this.#count.missingBefore(picture) : 0;
    if (missing > 0 && !this.#reorders && this.#hasRoom(picture, missing, upcoming) === false)
      this.#count.noteImpossible();
    this.#begun = true;
    this.#rhythm.add(picture.rtp);
    this.#count.accepted(picture);
  }

  /** A picture is lost: nothing is accepted but a key frame. */
  breakOff(): void {
    this.#begun = false;
    this.#count.reset();
  }

  #hasRoom(picture: Picture, missing: number, upcoming: readonly Picture[]): boolean | undefined {
    return this.#count.hasRoom(missing, this.#rhythm.stepTo(picture.rtp), upcoming);
  }

  /** `doubtful`: worth a wait even where the time has no room. */
  #byTime({ rtp }: Picture, doubtful: boolean): Verdict {
    if (!this.#rhythm.hasRoomFor(1, rtp)) return doubtful && !this.#count.irregular ? 'unsure' : 'next';
    return this.#rhythm.steady ? 'suspect' : 'unsure';
  }
}
