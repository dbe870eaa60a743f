import type { StreamType } from './result.ts';

export type Kind = 'audio' | 'video';
/** Codecs as RTP names them, lower case. */
export type Codec = 'opus' | 'h264' | 'vp8' | 'h265' | 'vp9' | 'av1';

/** One encoded audio or video frame as it left the tap: before the jitter buffer, untouched. */
export interface Frame {
  /** The anchor it belongs to. */
  readonly userId: string;
  readonly stream: StreamType;
  readonly kind: Kind;
  readonly codec: Codec;
  /** Number of the tapped receiver in its page. A receiver is reused for other users: (tap, ssrc) is one sender's run. */
  readonly tap: number;
  readonly ssrc: number;
  /** Always true for audio. */
  readonly key: boolean;
  /** RTP timestamp, 32 bits, in ticks of the codec's clock: 90 kHz for video, 48 kHz for Opus. */
  readonly rtpTimestamp: number;
  /** When its last packet arrived: ms since the Unix epoch, with fraction. */
  readonly receivedAt: number;
  /** RTP sequence number, 16 bits; audio only. */
  readonly sequenceNumber?: number | undefined;
  /** Picture size; key frames only. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** H264 as Annex B; Opus as one packet. */
  readonly data: Uint8Array;
}
