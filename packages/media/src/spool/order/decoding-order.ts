import type { Picture } from '../frames/picture.ts';

/** Frames remembered, to know a repeated one: more than any H264 stream reorders (16), some retransmissions later. */
const RECENT = 64;

/**
 * Streams with B-frames (RTMP or CDN that is mixed into a room) come in decoding order, while their RTP times are those of
 * showing. From the first B-frame on frames are kept in the order of their arrival.
 */
export class DecodingOrder {
  #recent: number[] = [];
  #keyRtp = -Infinity;
  #active = false;

  get active(): boolean {
    return this.#active;
  }

  begin(): void {
    this.#active = true;
  }

  /** A frame that was written already, or belongs before the last key frame, whose successors are all shown after it. */
  isPast({ rtp }: Picture): boolean {
    return rtp < this.#keyRtp || this.#recent.includes(rtp);
  }

  accepted({ rtp, chain }: Picture): void {
    if (chain?.idr === true) this.#keyRtp = rtp;
    this.#recent.push(rtp);
    if (this.#recent.length > RECENT) this.#recent.shift();
  }
}
