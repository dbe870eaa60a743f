/** What the tap counts of one stream (one SSRC at one receiver). */
export interface Tapped {
  readonly receiver: number;
  readonly kind: string;
  readonly ssrc: number;
  readonly mimeType: string;
  frames: number;
  keyFrames: number;
  bytes: number;
  /** Sizes of the key frames, in the order they came. */
  readonly sizes: string[];
  /** RTP times of the last 3000 frames. */
  readonly rtpTimes: number[];
}

/** An encoded frame as it was received. */
export interface KeptFrame {
  readonly ssrc: number;
  readonly mimeType: string;
  readonly key: boolean;
  readonly rtpTime: number;
  /** ms on the receiver's clock; null when the browser doesn't say. */
  readonly receivedAt: number | null;
  readonly data: ArrayBuffer;
}

/** What the worker is asked: to go on (or stop) keeping frames, or for what it has. */
export type TapRequest = { readonly keep: boolean } | 'counts' | 'frames';
