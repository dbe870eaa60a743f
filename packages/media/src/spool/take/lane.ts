import type { Frame } from '@trtc-recorder/contracts';
import { AudioOrder } from '../order/audio-order.ts';
import { AudioTimestamps } from '../order/audio-timestamps.ts';
import type { FrameArrival } from './arrival-recorder.ts';
import type { NewEntry } from '../journal/journal.ts';
import { isOpusPacket, opusPacketTicks } from '../frames/opus.ts';
import { PictureReader } from '../frames/read-picture.ts';
import type { SegmentSequence } from '../segment/segment-sequence.ts';
import { Unwrapper } from '../frames/unwrap.ts';
import { VideoOrder } from '../order/video-order.ts';
import { VideoTimestamps } from '../order/video-timestamps.ts';

/** The way of a track's frames from arrival to its segments. */
export interface Lane {
  /** A frame that can't go on with the track: its numbers and its time both belong to another stream. */
  isUnrelated(frame: Frame): boolean;
  push(frame: Frame): void;
  /** Lets go what has waited long enough by `now`. */
  flush(now: number): void;
  /** Lets everything go. */
  end(): void;
}

export type TellGap = (gap: Omit<Extract<NewEntry, { type: 'gap' }>, 'type' | 'track'>) => void;

export interface LaneOptions {
  readonly segments: SegmentSequence;
  readonly tellGap: TellGap;
  /** A frame has its place on the track's continuous clock. */
  readonly received: (arrival: FrameArrival) => void;
  /** Frames are dropped until a key frame comes. */
  readonly needsKey: () => void;
}

export const createAudioLane = ({ segments, tellGap, received }: LaneOptions): Lane => {
  const timestamps = new AudioTimestamps();
  let end: number | undefined;
  let empty = 0;
  const order = new AudioOrder({
    packet: ({ rtp, ticks, data }, missing) => {
      // There is nothing to write of an empty packet, and no block without data is read again.
      if (data.length === 0) return void (empty += 1);
      if (missing + empty > 0 && end !== undefined)
        tellGap({ fromRtp: Math.min(end, rtp), toRtp: rtp, cause: 'loss', lostTicks: (missing + empty) * ticks });
      end = rtp + ticks;
      empty = 0;
      segments.write({ rtp, key: true, data, ticks }, { codec: 'opus' });
    },
    late: ({ rtp, ticks }) => tellGap({ fromRtp: rtp, toRtp: rtp + ticks, cause: 'reorder-late', dropped: 1 }),
  });
  // A packet that no decoder takes says nothing of how long it plays.
  const ticksOf = (data: Uint8Array): number => (isOpusPacket(data) ? opusPacketTicks(data) : 0);
  return {
    isUnrelated: (frame) => timestamps.isUnrelated({ ...frame, ticks: ticksOf(frame.data) }),
    push: ({ data, sequenceNumber, rtpTimestamp, receivedAt }) => {
      const ticks = ticksOf(data);
      const { jump, ...place } = timestamps.next({ sequenceNumber, rtpTimestamp, receivedAt, ticks });
      received({ ...place, receivedAt, ticks: opusPacketTicks(data), jump });
      order.push({ ...place, arrivedAt: receivedAt, data, ticks });
    },
    flush: (now) => order.flush(now),
    end: () => order.flush(Infinity),
  };
};

export const createVideoLane = ({ segments, tellGap, received, needsKey }: LaneOptions): Lane => {
  const reader = new PictureReader();
  const unwrapper = new Unwrapper(32);
  const order = new VideoOrder({
    picture: ({ rtp, key, data, codec, config, width, height }) =>
      segments.write({ rtp, key, data }, { codec, config, width, height }),
    gap: (gap) => tellGap(gap),
    late: ({ rtp }) => tellGap({ fromRtp: rtp, toRtp: rtp, cause: 'reorder-late', dropped: 1 }),
    needsKey,
  });
  const timestamps = new VideoTimestamps({
    frame: (picture, jump) => {
      received({ rtp: picture.rtp, receivedAt: picture.arrivedAt, jump });
      order.push(picture);
    },
    isOpen: (rtp) => order.isOpen(rtp),
  });
  return {
    isUnrelated: () => false,
    push: (frame) => {
      const sentRtp = unwrapper.next(frame.rtpTimestamp);
      const picture = reader.read(frame, sentRtp, frame.receivedAt);
      if (picture === undefined) received({ rtp: timestamps.current(sentRtp), receivedAt: frame.receivedAt });
      else timestamps.push(picture);
    },
    flush: (now) => {
      timestamps.flush(now);
      order.flush(now);
    },
    end: () => {
      timestamps.end();
      order.end();
    },
  };
};
