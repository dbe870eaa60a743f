import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  MkvOutputFormat,
  Output,
  StreamTarget,
} from 'mediabunny';
import { isVideoCodec, MUXER_VIDEO_CODEC, type VideoCodec } from '../frames/codecs.ts';
import { avcCodecString, avcDescription, type H264Config } from '../frames/h264/parameter-sets.ts';
import { OPUS_HEAD } from '../frames/opus.ts';
import type { Codec } from '@trtc-recorder/contracts';

/** What a Matroska track header has to say. */
export interface MuxerTrack {
  readonly codec: Codec;
  readonly config?: H264Config | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

export interface Muxer {
  /** Takes a packet at once; what it becomes is handed to `write` soon after. `timestamp` in seconds. */
  add(packet: { data: Uint8Array; key: boolean; timestamp: number }): void;
  /** Hands over what is left, and the index. */
  finish(): Promise<void>;
}

export interface MuxerOutput {
  /** Bytes to append, always whole blocks. */
  readonly write: (bytes: Uint8Array) => void;
  readonly onError: (error: unknown) => void;
}

/** Codec strings (RFC 6381) for what the frame itself does not tell; players read the bitstream instead. */
const CODEC_STRING: Readonly<Record<Exclude<VideoCodec, 'h264'>, string>> = {
  vp8: 'vp8',
  vp9: 'vp09.00.31.08',
  av1: 'av01.0.08M.08',
  h265: 'hvc1.1.6.L123.B0',
};

const videoDecoderConfig = (codec: VideoCodec, { config, width, height }: MuxerTrack) => {
  const size = { codedWidth: width ?? 16, codedHeight: height ?? 16 };
  if (codec !== 'h264') return { codec: CODEC_STRING[codec], ...size };
  if (config === undefined) throw new TypeError('an H264 segment needs its parameter sets');
  return { codec: avcCodecString(config), description: avcDescription(config), ...size };
};

const OPUS_DECODER_CONFIG = { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000, description: OPUS_HEAD };

/** The packet source of the one track, with the header its first packet brings along. */
const createSource = (track: MuxerTrack, output: Output) => {
  const { codec } = track;
  if (!isVideoCodec(codec)) {
    const source = new EncodedAudioPacketSource('opus');
    output.addAudioTrack(source);
    return (packet: EncodedPacket) => source.add(packet, { decoderConfig: OPUS_DECODER_CONFIG });
  }
  const source = new EncodedVideoPacketSource(MUXER_VIDEO_CODEC[codec]);
  output.addVideoTrack(source);
  const meta = { decoderConfig: videoDecoderConfig(codec, track) };
  return (packet: EncodedPacket) => source.add(packet, meta);
};

/** Never holds a chunk back: our own queue counts what waits. */
const UNBOUNDED = { highWaterMark: Number.MAX_SAFE_INTEGER };

/**
 * Writes one track as Matroska that only grows: each packet becomes a block and is handed on at once, so that a killed
 * writer leaves a file readable up to its last block.
 */
export const startMuxer = async (track: MuxerTrack, { write, onError }: MuxerOutput): Promise<Muxer> => {
  const target = new StreamTarget(new WritableStream({ write: ({ data }) => write(data) }, UNBOUNDED));
  const output = new Output({ format: new MkvOutputFormat({ appendOnly: true }), target });
  const add = createSource(track, output);
  await output.start();
  let last = Promise.resolve();
  return {
    add: ({ data, key, timestamp }) => {
      last = add(new EncodedPacket(data, key ? 'key' : 'delta', timestamp, 0)).catch(onError);
    },
    finish: async () => {
      await last;
      await output.finalize();
    },
  };
};
