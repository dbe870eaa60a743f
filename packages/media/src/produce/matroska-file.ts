import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  FilePathTarget,
  MkvOutputFormat,
  Output,
  type VideoCodec,
} from 'mediabunny';
import { OPUS_RATE, opusHead } from './opus-packet.ts';

/** An intermediate Matroska file of one track, written as packets come. */
export interface MatroskaFile {
  /** `atMs` since the start of the file; nothing is decoded or changed. */
  write(packet: { data: Uint8Array; atMs: number; durationMs?: number; key: boolean }): Promise<void>;
  close(): Promise<void>;
  /** Gives up: closes the file as it is. */
  abandon(): Promise<void>;
}

interface PacketSource<M> {
  add(packet: EncodedPacket, meta?: M): Promise<void>;
}

const matroskaFile = <M>(output: Output, source: PacketSource<M>, meta: M): MatroskaFile => ({
  write: ({ data, atMs, durationMs = 0, key }) =>
    source.add(new EncodedPacket(data, key ? 'key' : 'delta', atMs / 1000, durationMs / 1000), meta),
  close: () => output.finalize(),
  abandon: async () => {
    if (output.state === 'started') await output.cancel();
  },
});

const outputTo = (path: string): Output =>
  new Output({ format: new MkvOutputFormat(), target: new FilePathTarget(path) });

export async function createOpusFile(path: string, channels: number): Promise<MatroskaFile> {
  const output = outputTo(path);
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  await output.start();
  const decoderConfig = {
    codec: 'opus',
    sampleRate: OPUS_RATE,
    numberOfChannels: channels,
    description: opusHead(channels),
  };
  return matroskaFile(output, source, { decoderConfig });
}

export interface VideoFormat {
  readonly codec: VideoCodec;
  /** As WebCodecs names it, such as `avc1.42e01f`. */
  readonly codecString: string;
  readonly width: number;
  readonly height: number;
  readonly description?: Uint8Array;
}

export async function createVideoFile(path: string, format: VideoFormat): Promise<MatroskaFile> {
  const output = outputTo(path);
  const source = new EncodedVideoPacketSource(format.codec);
  output.addVideoTrack(source);
  await output.start();
  const decoderConfig = {
    codec: format.codecString,
    codedWidth: format.width,
    codedHeight: format.height,
    ...(format.description === undefined ? {} : { description: format.description }),
  };
  return matroskaFile(output, source, { decoderConfig });
}
