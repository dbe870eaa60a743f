import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from 'mediabunny';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './run.ts';

/** One encoded frame of a clip as a sender has it. */
export interface ClipFrame {
  readonly data: Uint8Array;
  readonly key: boolean;
  /** ms since the clip's start, by the sender's clock. */
  readonly atMs: number;
  readonly width?: number;
  readonly height?: number;
}

const readClip = async (file: string, size: { width?: number; height?: number }): Promise<ClipFrame[]> => {
  const input = new Input({ source: new FilePathSource(file), formats: ALL_FORMATS });
  try {
    const [track] = await input.getTracks();
    const frames: ClipFrame[] = [];
    for await (const packet of new EncodedPacketSink(track!).packets()) {
      const atMs = Math.round(packet.timestamp * 1e6) / 1000;
      frames.push({ data: packet.data.slice(), key: packet.type === 'key', atMs, ...size });
    }
    const firstMs = frames[0]?.atMs ?? 0;
    return frames.map((frame) => ({ ...frame, atMs: frame.atMs - firstMs }));
  } finally {
    input.dispose();
  }
};

const inDirectory = async <T>(make: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-'));
  try {
    return await make(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

export interface VideoClip {
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  readonly fps?: number;
  readonly codec?: 'h264' | 'vp8';
  readonly profile?: 'baseline' | 'high';
  /** Frames between key frames. */
  readonly gop?: number;
  /** Luma from 0 to 255; H264 only. */
  readonly fullRange?: boolean;
  /** Name of a matrix, as `bt709`; H264 only. */
  readonly matrix?: string;
  /** Width of a pixel by its height, as `16/11`; H264 only. */
  readonly pixel?: string;
  readonly bFrames?: number;
}

/** Options of libx264, and filters before it. */
const h264Options = ({ profile = 'baseline', fullRange = false, matrix, bFrames = 0 }: VideoClip): string[] => {
  const colours = matrix === undefined ? [] : [`colorprim=${matrix}`, `transfer=${matrix}`, `colormatrix=${matrix}`];
  // What baseline has not, though the preset leaves it out: other sets don't decode it.
  const high = profile === 'high' ? ['cabac=1', '8x8dct=1'] : [];
  const params = ['repeat-headers=1', ...high, ...(fullRange ? ['fullrange=on'] : []), ...colours];
  const profiles = bFrames > 0 ? 'main' : profile;
  return [
    ...['-c:v', 'libx264', '-profile:v', profiles, '-bf', String(bFrames), '-preset', 'ultrafast'],
    ...['-x264-params', params.join(':'), '-pix_fmt', fullRange ? 'yuvj420p' : 'yuv420p'],
  ];
};

const VP8_OPTIONS = [
  ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '500k', '-auto-alt-ref', '0'],
  ...['-pix_fmt', 'yuv420p'],
];

/** A moving picture that turns white for 100 ms at every full second, as a WebRTC sender would encode it. */
export const videoClip = (clip: VideoClip): Promise<ClipFrame[]> =>
  inDirectory(async (directory) => {
    const { seconds, width, height, fps = 15, codec = 'h264', gop = fps * 2, fullRange = false, pixel } = clip;
    const source = `testsrc=size=${Math.max(width, 16)}x${Math.max(height, 16)}:rate=${fps}:duration=${seconds}`;
    const shown = `eq=brightness=-0.4,drawbox=color=white:t=fill:enable='lt(mod(t\\,1)\\,0.1)'`;
    const range = fullRange ? ',scale=in_range=tv:out_range=pc,format=yuvj420p' : '';
    const exact = Math.min(width, height) < 16 ? `,scale=${width}:${height}` : '';
    const filter = `${shown}${exact}${range}${pixel === undefined ? '' : `,setsar=${pixel}`}`;
    const options = [...(codec === 'h264' ? h264Options(clip) : VP8_OPTIONS), '-g', String(gop)];
    // MPEG-TS keeps H264 as Annex B, as it comes from the network.
    const file = path.join(directory, codec === 'h264' ? 'clip.ts' : 'clip.mkv');
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-vf', filter, ...options, file]);
    return readClip(file, { width, height });
  });

export interface AudioClip {
  readonly seconds: number;
  readonly channels?: 1 | 2;
  /** Frequency of the beeps. */
  readonly hz?: number;
  /** Sounds all the time instead of beeping. */
  readonly steady?: boolean;
  readonly frameMs?: number;
  readonly application?: 'voip' | 'audio' | 'lowdelay';
  readonly kbps?: number;
}

/** A beep of 100 ms at every full second, as Opus packets. */
export const audioClip = (clip: AudioClip): Promise<ClipFrame[]> =>
  inDirectory(async (directory) => {
    const { seconds, channels = 1, hz = 1000, steady = false, frameMs = 20, application = 'voip', kbps = 32 } = clip;
    const gate = steady ? '1' : 'lt(mod(t,1),0.1)';
    const source = `aevalsrc='0.4*sin(2*PI*${hz}*t)*${gate}':s=48000:d=${seconds}`;
    const file = path.join(directory, 'clip.mkv');
    const opus = ['-ac', String(channels), '-c:a', 'libopus', '-b:a', `${kbps}k`, '-application', application];
    const options = [...opus, '-frame_duration', String(frameMs)];
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...options, file]);
    const frames = await readClip(file, {});
    return frames.map((frame, index) => ({ ...frame, atMs: index * frameMs, key: true }));
  });
