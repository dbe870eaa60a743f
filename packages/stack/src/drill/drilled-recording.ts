import type { Room } from '@trtc-recorder/contracts';
import type { ReceivedCallback } from '../receiver.ts';

/** The one anchor of every drilled room. */
export const ANCHOR = 'anna';

/** What the anchor sends: numbered pictures and beeps, key frames as often as if it answered requests for them. */
export const CLIP = { width: 320, height: 180, fps: 15, kbps: 250, gop: 0.2, seconds: 60, pattern: 'flash' } as const;
/** The same in other sizes. */
export type DrilledClip = Omit<typeof CLIP, 'width' | 'height' | 'kbps'> &
  Readonly<Record<'width' | 'height' | 'kbps', number>>;

/** A recording under drill. Times are ms since the epoch. */
export interface DrilledRecording {
  readonly requestId: string;
  readonly room: Room;
  /** Hz of its anchor's beep. */
  readonly freq: number;
  /** When the anchor's media time was 0. */
  readonly mediaStart: number;
  /** From when on its media are promised: the API said that it captures. */
  promisedFrom?: number;
  /** Until when: the stop was asked for. */
  promisedTo?: number;
  /** When something was done to it. */
  readonly strikes: number[];
  callback?: ReceivedCallback;
}

/** What is promised of a recording, as media times of its anchor, ms; null when it was never said to capture. */
export function promiseOf({ promisedFrom, promisedTo, mediaStart }: DrilledRecording): Promised | null {
  if (promisedFrom === undefined || promisedTo === undefined) return null;
  return { fromMs: promisedFrom - mediaStart, toMs: promisedTo - mediaStart };
}

/** A stretch of the anchor's media time that must be in the files, ms. */
export interface Promised {
  readonly fromMs: number;
  readonly toMs: number;
}
