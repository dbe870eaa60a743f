import type { H264Config } from './h264/parameter-sets.ts';
import type { VideoCodec } from './codecs.ts';

/** A video frame on its way into a segment, with what its bytes say. */
export interface Picture {
  readonly codec: VideoCodec;
  /** Unwrapped RTP ticks. */
  readonly rtp: number;
  /** Ms since the Unix epoch. */
  readonly arrivedAt: number;
  /** It can be decoded without any other: a segment may begin here. */
  readonly key: boolean;
  /** H264: it may be shown before pictures that came earlier. */
  readonly bidirectional?: boolean;
  /** As the segment keeps it: H264 with lengths instead of start codes. */
  readonly data: Uint8Array;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** H264, key frames: what it is decoded with. */
  readonly config?: H264Config | undefined;
  /** H264: its place in the chain of references. */
  readonly chain?: ChainLink | undefined;
}

/** What H264 says about the pictures a picture hangs on (7.4.3, frame_num). */
export interface ChainLink {
  readonly idr: boolean;
  readonly reference: boolean;
  readonly frameNum: number;
  /** frame_num counts modulo this. */
  readonly maxFrameNum: number;
  readonly resets: boolean;
  readonly gapsAllowed: boolean;
  /** Two fields of a picture may come as one frame each. */
  readonly fields: boolean;
}
