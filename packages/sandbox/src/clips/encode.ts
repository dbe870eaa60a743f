import { startsKeyFrame } from '../rooms/codecs.ts';
import { accessUnits, h264Payloads } from './h264-payloads.ts';
import { opusPackets } from './opus-packets.ts';
import { pictures } from './picture.ts';
import { run } from './run.ts';
import { SAMPLE_RATE, sound } from './sound.ts';
import type { ClipSpec } from './spec.ts';
import { ivfFrames, vp8Payloads } from './vp8-payloads.ts';

/** One video frame, cut into RTP payloads. */
export interface ClipFrame {
  readonly payloads: readonly Buffer[];
  readonly key: boolean;
}

/** One Opus packet of 20 ms. */
export interface ClipSound {
  readonly payload: Buffer;
  /** Digital silence: a sender with DTX leaves it out. */
  readonly silent: boolean;
}

/** A loop, encoded once; any number of anchors can send it. */
export interface Clip {
  readonly spec: ClipSpec;
  /** `fps × seconds` frames. */
  readonly frames: readonly ClipFrame[];
  /** `50 × seconds` packets. */
  readonly sounds: readonly ClipSound[];
}

/** Bytes of payload in a packet; below every usual MTU with all headers. */
const MTU = 1150;
const PACKET_SAMPLES = SAMPLE_RATE / 50;
export async function encodeClip(spec: ClipSpec): Promise<Clip> {
  const [frames, sounds] = await Promise.all([encodeVideo(spec), encodeAudio(spec)]);
  return { spec, frames, sounds };
}

const frame = (spec: ClipSpec, payloads: Buffer[]): ClipFrame => {
  const [first] = payloads;
  return { payloads, key: first !== undefined && startsKeyFrame(spec.codec, first) };
};

async function encodeVideo(spec: ClipSpec): Promise<ClipFrame[]> {
  const stream = await encodePictures(spec);
  return spec.codec === 'h264'
    ? accessUnits(stream).map((unit) => frame(spec, h264Payloads(unit, MTU)))
    : ivfFrames(stream).map((bytes) => frame(spec, vp8Payloads(bytes, MTU)));
}

/** The encoder's output: Annex B or IVF. The same spec gives the same bytes again. */
export function encodePictures(spec: ClipSpec): Promise<Buffer> {
  const { width, height, fps, codec } = spec;
  const input = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'yuv420p',
    '-s',
    `${width}x${height}`,
    '-r',
    String(fps),
    '-i',
    'pipe:0',
  ];
  const output = codec === 'h264' ? h264Arguments(spec) : vp8Arguments(spec);
  const args = ['-v', 'error', ...input, '-threads', '1', ...rateArguments(spec), ...output, 'pipe:1'];
  return run('ffmpeg', args, pictures(spec));
}

const rateArguments = ({ fps, gop, kbps }: ClipSpec) => [
  ...['-g', String(Math.round(fps * gop)), '-keyint_min', String(Math.round(fps * gop))],
  ...['-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`],
];

/** As a WebRTC sender encodes: baseline, one slice, no frames from the future, parameter sets with every key frame. */
const h264Arguments = (_spec: ClipSpec) => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
  ...['-x264-params', 'scenecut=0:sliced-threads=0:slices=1:repeat-headers=1'],
  ...['-bsf:v', 'h264_metadata=aud=insert', '-f', 'h264'],
];

const vp8Arguments = (_spec: ClipSpec) => [
  ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-auto-alt-ref', '0', '-lag-in-frames', '0'],
  ...['-f', 'ivf'],
];

/**
 * The loop is encoded twice in a row and the second round is kept, so that its seam is as good as any other place. As
 * of every WebRTC sender, a sound comes out of a decoder later than its media time by libopus' look-ahead (6.5 ms).
 */
async function encodeAudio(spec: ClipSpec): Promise<ClipSound[]> {
  const samples = await sound(spec);
  const twice = new Int16Array(samples.length * 2);
  twice.set(samples);
  twice.set(samples, samples.length);
  const file = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 's16le', '-ar', String(SAMPLE_RATE), '-ac', '1', '-i', 'pipe:0'],
      ...['-c:a', 'libopus', '-b:a', `${spec.audioKbps}k`, '-frame_duration', '20', '-f', 'ogg', 'pipe:1'],
    ],
    [Buffer.from(twice.buffer)],
  );
  const count = samples.length / PACKET_SAMPLES;
  return opusPackets(file)
    .slice(count, count * 2)
    .map((payload, index) => ({ payload, silent: isSilent(twice, index) }));
}

/** Whether a packet's samples, and those just before it that ring on in it, are digital silence. */
function isSilent(samples: Int16Array, packet: number): boolean {
  const start = packet * PACKET_SAMPLES;
  const before = samples.length / 2 + start - PACKET_SAMPLES;
  return samples.subarray(before, before + PACKET_SAMPLES * 2).every((sample) => sample === 0);
}
