import type { Frame, StreamType } from '@trtc-recorder/contracts';
import type { ClipFrame } from '../helpers/clips.ts';

/** When the senders of these tests begin, ms since the epoch. */
export const T0 = 1_760_000_000_000;

export interface Sender {
  readonly userId?: string;
  readonly stream?: StreamType;
  readonly tap?: number;
  readonly ssrc?: number;
  /** First RTP timestamp and sequence number. */
  readonly rtp?: number;
  readonly sequence?: number;
  /** Ms after T0 at which the clip begins. */
  readonly fromMs?: number;
  readonly codec?: 'h264' | 'vp8';
}

/** A clip's frames as the tap sees them, 40 ms after they were sent. */
export const send = (clip: readonly ClipFrame[], kind: 'audio' | 'video', sender: Sender = {}): Frame[] => {
  const { userId = 'ann', stream = 'main', tap = kind === 'audio' ? 1 : 2, ssrc = tap * 1000, fromMs = 0 } = sender;
  const { rtp = 0xffff_0000, sequence = 0xfff0, codec = 'h264' } = sender;
  const rate = kind === 'audio' ? 48 : 90;
  return clip.map(({ data, key, atMs, width, height }, index) => ({
    ...{ userId, stream, kind, tap, ssrc, key, data },
    codec: kind === 'audio' ? ('opus' as const) : codec,
    rtpTimestamp: (rtp + Math.round(atMs * rate)) >>> 0,
    receivedAt: T0 + fromMs + atMs + 40,
    ...(kind === 'audio' ? { sequenceNumber: (sequence + index) & 0xffff } : key ? { width, height } : {}),
  }));
};

/** Several senders' frames in the order of their arrival. */
export const together = (...senders: readonly (readonly Frame[])[]): Frame[] =>
  senders.flat().sort((a, b) => a.receivedAt - b.receivedAt);
