import type { Mode, StreamType } from '@trtc-recorder/contracts';
import type { MediaSpan } from '../timeline/track-timeline.ts';
import type { Gap } from '../timeline/gap-list.ts';

/** `mp3` for mode 00, `mp4` for 01 and 02. */
export type Container = 'mp3' | 'mp4';

/** A segment's part in a file. Frames from `untilMs` on belong to the piece that follows and are left out. */
export interface Piece extends MediaSpan {
  readonly untilMs: number;
  /** Another segment broke in upon it: this is what is left of it from `startMs` on, of pictures from a key frame on. */
  readonly resumed?: boolean;
  /** Pictures: the segment is read from its beginning, so that those from `startMs` on can be decoded. */
  readonly preroll?: boolean;
}

/** One file to be made: one anchor's stream during one stay. Plain data. */
export interface FilePlan {
  /** Number of the file in the recording, from 1; the same journal gives the same numbers. */
  readonly id: number;
  readonly userId: string;
  readonly stream: StreamType;
  readonly mode: Mode;
  readonly container: Container;
  /** Wall clock, ms since the epoch: the first and the end of the last frame in the file. */
  readonly startMs: number;
  readonly endMs: number;
  readonly audio: readonly Piece[];
  readonly video: readonly Piece[];
  /** What is missing of the file's audio and video, and why, on the wall clock; also what was sent after its end. */
  readonly gaps: readonly Gap[];
}

export const durationMs = (plan: Pick<FilePlan, 'startMs' | 'endMs'>): number => plan.endMs - plan.startMs;
