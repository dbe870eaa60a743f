import type { Picture } from '../frames/picture.ts';

/** What is kept of a video frame that was received. */
export interface ReceivedFrame extends Pick<Picture, 'arrivedAt' | 'chain' | 'codec'> {
  /** As sent, unwrapped. */
  readonly sentRtp: number;
  /** On the track's continuous clock. */
  readonly rtp: number;
  /** Tells a frame from others with the same timestamp. */
  readonly mark: string;
}

export const TICKS_PER_MS = 90;
/** Frames kept: half a minute of a camera. */
const KEPT = 1_024;
const STEPS = 40;
const MEDIAN_STEPS = 9;
/** Frames among which the least delayed one is searched. */
const DELAYS = 300;
/** Steps at jumps may be shorter: this share of all. */
const SHORTER = 0.1;
/** So many steps show how close frames come. */
const ENOUGH = 8;
/** Bytes at a frame's end that tell it from others of the same length. */
const MARK_BYTES = 24;

export const markOf = ({ data }: Picture): string =>
  `${data.length}:${Buffer.from(data.subarray(-MARK_BYTES)).toString('latin1')}`;

/** The last frames of a video track in the order of their continuous RTP times. */
export class ReceivedFrames {
  readonly #frames: ReceivedFrame[] = [];

  get newest(): ReceivedFrame | undefined {
    return this.#frames.at(-1);
  }

  add(frame: ReceivedFrame): void {
    this.#frames.splice(this.#indexBefore(frame.rtp) + 1, 0, frame);
    if (this.#frames.length > KEPT) this.#frames.shift();
  }

  /** The frame at or before `rtp`, and the next one. */
  around(rtp: number): readonly [before: ReceivedFrame | undefined, after: ReceivedFrame | undefined] {
    const index = this.#indexBefore(rtp);
    return [this.#frames[index], this.#frames[index + 1]];
  }

  /** A frame with the same timestamp, by the sender's clock, and the same data. */
  find(sentRtp: number, mark: string): ReceivedFrame | undefined {
    return this.#frames.findLast((frame) => frame.sentRtp === sentRtp && frame.mark === mark);
  }

  /** The median of the last steps, ticks. */
  get usualStep(): number | undefined {
    const steps = this.#stepsOf(MEDIAN_STEPS).sort((a, b) => a - b);
    return steps[steps.length >> 1];
  }

  /** How close frames come of late, ticks: few steps are shorter. Undefined while there are too few to know. */
  get shortestStep(): number | undefined {
    const steps = this.#stepsOf(STEPS).sort((a, b) => a - b);
    return steps.length < ENOUGH ? undefined : steps[Math.floor(steps.length * SHORTER)];
  }

  /** Arrival minus RTP time of the frames delayed least and most of late, ticks. */
  get delays(): { readonly least: number; readonly most: number } {
    const delays = this.#frames.slice(-DELAYS).map(({ arrivedAt, rtp }) => arrivedAt * TICKS_PER_MS - rtp);
    return { least: Math.min(...delays), most: Math.max(...delays.slice(-STEPS)) };
  }

  #stepsOf(count: number): number[] {
    const last = this.#frames.slice(-count - 1);
    return last.flatMap(({ rtp }, index) => (index === 0 ? [] : [rtp - (last[index - 1]?.rtp ?? rtp)]));
  }

  #indexBefore(rtp: number): number {
    return this.#frames.findLastIndex((frame) => frame.rtp <= rtp);
  }
}
