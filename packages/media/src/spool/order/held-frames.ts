import type { Picture } from '../frames/picture.ts';
import { TICKS_PER_MS } from './received-frames.ts';

/** A video frame by the sender's clock, as it arrived. */
export interface ArrivedFrame {
  readonly picture: Picture;
  readonly mark: string;
}

/** At most so many frames are held, and no longer than this after the last of them. */
const MAX_HELD = 64;
const HELD_MS = 3_000;
/** So many frames in a row, in real time, are no retransmission. */
const ROW = 4;
/** Frames of a row are at most so many usual steps apart, or so much time. */
const ROW_STEPS = 3;
const ROW_TICKS = 200 * TICKS_PER_MS;

/** Frames that are older than the newest, held in the order of their arrival until others show what they are. */
export class HeldFrames {
  #frames: ArrivedFrame[] = [];

  get first(): ArrivedFrame | undefined {
    return this.#frames[0];
  }

  get last(): ArrivedFrame | undefined {
    return this.#frames.at(-1);
  }

  get isFull(): boolean {
    return this.#frames.length > MAX_HELD;
  }

  /** Whether the last few came in real time: the sender sends them now. */
  get isRow(): boolean {
    return isInRealTime(this.#frames.slice(-ROW), ROW);
  }

  /** The same where no more frames come. */
  get isRowAtEnd(): boolean {
    return isInRealTime(this.#frames, 2);
  }

  isOver(now: number): boolean {
    return this.last !== undefined && now - this.last.picture.arrivedAt > HELD_MS;
  }

  has({ picture, mark }: ArrivedFrame): boolean {
    return this.#frames.some((other) => other.picture.rtp === picture.rtp && other.mark === mark);
  }

  add(frame: ArrivedFrame): void {
    this.#frames.push(frame);
  }

  takeAll(): ArrivedFrame[] {
    return this.#frames.splice(0);
  }

  /** Takes the last frame and those that lead up to it by steps like the usual one. */
  takeRow(usualStep: number): ArrivedFrame[] {
    const longest = Math.max(ROW_STEPS * usualStep, ROW_TICKS);
    let from = this.#frames.length - 1;
    for (; from > 0; from -= 1) {
      const step = this.#rtpAt(from) - this.#rtpAt(from - 1);
      if (step <= 0 || step > longest) break;
    }
    return this.#frames.splice(Math.max(0, from));
  }

  #rtpAt(index: number): number {
    return this.#frames[index]?.picture.rtp ?? Number.NaN;
  }
}

/** Whether frames come in order and about as fast as their timestamps say: what is sent again comes all at once. */
const isInRealTime = (frames: readonly ArrivedFrame[], least: number): boolean => {
  const [first, last] = [frames[0]?.picture, frames.at(-1)?.picture];
  if (first === undefined || last === undefined || frames.length < least) return false;
  const isInOrder = frames.every(
    ({ picture }, index) => index === 0 || picture.rtp > (frames[index - 1]?.picture.rtp ?? 0),
  );
  return isInOrder && (last.arrivedAt - first.arrivedAt) * TICKS_PER_MS >= (last.rtp - first.rtp) / 2;
};
