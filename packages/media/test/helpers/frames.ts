import type { Codec, Frame, StreamType } from '@trtc-recorder/contracts';
import type { ClipFrame } from './clips.ts';
import { seeded } from './spool-fixture.ts';

export interface FrameSender {
  readonly userId: string;
  readonly stream?: StreamType;
  readonly codec: Codec;
  /** Wall clock (ms since the epoch) at which the clip begins. */
  readonly startMs: number;
  readonly ssrc: number;
  readonly jitterMs?: number;
  /** Parts of the frames that never come, and that come twice. */
  readonly loss?: number;
  readonly repeats?: number;
  readonly seed?: number;
}

/** A clip's frames as the tap sees them: 40 ms and more after they were sent, in any order, some twice, some not. */
export const framesOf = (clip: readonly ClipFrame[], sender: FrameSender): Frame[] => {
  const { userId, stream = 'main', codec, startMs, ssrc, jitterMs = 0, loss = 0, repeats = 0, seed = 1 } = sender;
  const kind = codec === 'opus' ? 'audio' : 'video';
  const ticksPerMs = kind === 'audio' ? 48 : 90;
  const random = seeded(seed);
  return clip.flatMap(({ data, key, atMs, width, height }, index): Frame[] => {
    const frame = (): Frame => ({
      ...{ userId, stream, kind, codec, tap: ssrc, ssrc, key, data },
      rtpTimestamp: (0xffff_f000 + Math.round(atMs * ticksPerMs)) >>> 0,
      receivedAt: startMs + atMs + 40 + random() * jitterMs,
      ...(kind === 'audio' ? { sequenceNumber: (0xfff0 + index) & 0xffff } : key ? { width, height } : {}),
    });
    if (random() < loss) return [];
    return random() < repeats ? [frame(), frame()] : [frame()];
  });
};

export const byArrival = (...senders: readonly (readonly Frame[])[]): Frame[] =>
  senders.flat().sort((a, b) => a.receivedAt - b.receivedAt);
