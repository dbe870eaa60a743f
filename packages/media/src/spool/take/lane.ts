import type { Frame } from '@trtc-recorder/contracts';
import { AudioOrder } from '../order/audio-order.ts';
import type { NewEntry } from '../journal/journal.ts';
import { isOpusPacket, opusPacketTicks } from '../frames/opus.ts';
import { PictureReader } from '../frames/read-picture.ts';
import type { SegmentSequence } from '../segment/segment-sequence.ts';
import { Unwrapper } from '../frames/unwrap.ts';
import { VideoOrder } from '../order/video-order.ts';

/** A frame's place: unwrapped RTP ticks, and its own arrival, ms since the Unix epoch. */
export interface Place {
  readonly rtp: number;
  readonly arrivedAt: number;
}

/** The way of a track's frames from arrival to its segments. */
export interface Lane {
  push(frame: Frame, place: Place): void;
  /** Lets go what has waited long enough by `now`. */
  flush(now: number): void;
  /** Lets everything go. */
  end(): void;
}

export type TellGap = (gap: Omit<Extract<NewEntry, { type: 'gap' }>, 'type' | 'track'>) => void;

export const createAudioLane = (segments: SegmentSequence, tellGap: TellGap): Lane => {
  const sequences = new Unwrapper(16);
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
  return {
    push: ({ data, sequenceNumber }, { rtp, arrivedAt }) => {
      const sequence = sequenceNumber === undefined ? undefined : sequences.next(sequenceNumber);
      // A packet that no decoder takes says nothing of how long it plays.
      order.push({ sequence, rtp, arrivedAt, data, ticks: isOpusPacket(data) ? opusPacketTicks(data) : 0 });
    },
    flush: (now) => order.flush(now),
    end: () => order.flush(Infinity),
  };
};

/** `needsKey`: pictures are dropped until a key frame comes. */
export const createVideoLane = (segments: SegmentSequence, tellGap: TellGap, needsKey: () => void): Lane => {
  const reader = new PictureReader();
  const order = new VideoOrder({
    picture: ({ rtp, key, data, codec, config, width, height }) =>
      segments.write({ rtp, key, data }, { codec, config, width, height }),
    gap: (gap) => tellGap(gap),
    late: ({ rtp }) => tellGap({ fromRtp: rtp, toRtp: rtp, cause: 'reorder-late', dropped: 1 }),
    needsKey,
  });
  return {
    push: (frame, { rtp, arrivedAt }) => {
      const picture = reader.read(frame, rtp, arrivedAt);
      if (picture !== undefined) order.push(picture);
    },
    flush: (now) => order.flush(now),
    end: () => order.end(),
  };
};
