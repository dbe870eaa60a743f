import type { Codec, Kind, Mode, RoomEvent, StreamType } from '@trtc-recorder/contracts';

/** A line of the journal. `at` is ms since the epoch; RTP timestamps are ticks, unwrapped per track. */
export type JournalEntry = { readonly at: number } & (
  | { readonly type: 'recording'; readonly version: number }
  | { readonly type: 'take'; readonly take: number; readonly worker: string; readonly mode: Mode }
  | { readonly type: 'event'; readonly take: number; readonly event: RoomEvent }
  | {
      readonly type: 'track';
      readonly take: number;
      readonly track: number;
      readonly userId: string;
      readonly stream: StreamType;
      readonly kind: Kind;
      readonly codec: Codec;
      readonly clockRate: number;
      readonly ssrc: number;
      readonly tap: number;
    }
  | { readonly type: 'clock'; readonly track: number; readonly rtp: number; readonly receivedAt: number }
  | { readonly type: 'segment-open'; readonly track: number; readonly segment: number; readonly file: string }
  | {
      readonly type: 'segment';
      readonly track: number;
      readonly segment: number;
      readonly file: string;
      readonly codec: Codec;
      readonly firstRtp: number;
      readonly lastRtp: number;
      readonly frameTicks?: number | undefined;
      readonly frames: number;
      readonly keyFrames: number;
      readonly bytes: number;
      readonly width?: number | undefined;
      readonly height?: number | undefined;
      readonly recovered?: boolean | undefined;
    }
  | {
      readonly type: 'gap';
      readonly track: number;
      readonly fromRtp: number;
      readonly toRtp: number;
      readonly cause: string;
    }
  | { readonly type: 'track-end'; readonly track: number; readonly rtp: number; readonly cause: string }
  | { readonly type: 'take-end'; readonly take: number; readonly reason: string }
);
export type EntryOf<T extends JournalEntry['type']> = Extract<JournalEntry, { type: T }>;
