import { AppError } from '@trtc-recorder/runtime';
import { GO_ON } from '../plan/ffmpeg-arguments.ts';
import { LOUDNESS_METER, readLoudness, type Loudness } from './loudness.ts';
import { runTool } from './run-tool.ts';
import type { Probe, ProbeTools } from './streams.ts';

/** What a decoder makes of a finished file. */
export interface DecodedFile {
  readonly loudness: Loudness;
  /** Video frames that decoded; of them only key frames are tried. */
  readonly videoFrames: number;
  /** Where the decoded media ends, ms: an MP3 decoder leaves out what the encoder added. */
  readonly endMs: number;
  /** The decoder's first error messages. */
  readonly errors: readonly string[];
}

/** `-progress` writes its lines between the error messages: `name=value`. */
const PROGRESS =
  /^(?:frame|fps|stream_\d+_\d+_\w+|bitrate|total_size|out_time\w*|dup_frames|drop_frames|speed|progress)=/;
const FRAMES = /^frame=\s*(\d+)/;
const END = /^out_time_us=(\d+)/;

/** ffmpeg ran and gave up: this says something about the file. A tool that could not run, or was killed, does not. */
export const gaveUp = (error: unknown): error is AppError =>
  error instanceof AppError && typeof error.details['exitCode'] === 'number';

/**
 * Decodes all of the audio and measures it; of the video, which was decoded before it went into the file, the key frames. What
 * ffmpeg takes for a key frame is less than what a stream can begin with: where there is none, any frame counts.
 */
export async function decodeFile(path: string, found: Probe, tools: ProbeTools): Promise<DecodedFile> {
  const decoded = await decode(path, found, tools);
  if (decoded.videoFrames > 0 || !has(found, 'video')) return decoded;
  const { videoFrames } = await decode(path, found, tools, ['-an', '-frames:v', '1']);
  return { ...decoded, videoFrames };
}

const has = ({ streams }: Probe, type: string): boolean => streams.some((stream) => stream.codec_type === type);

/** With `firstFrames`: no audio, and not the key frames alone. */
async function decode(
  path: string,
  found: Probe,
  { ffmpegPath = 'ffmpeg', signal }: ProbeTools,
  firstFrames?: readonly string[],
): Promise<DecodedFile> {
  const measured: string[] = [];
  const errors: string[] = [];
  let videoFrames = 0;
  let endMs = 0;
  const onComplaint = (line: string) => {
    videoFrames = Number(FRAMES.exec(line)?.[1] ?? videoFrames);
    endMs = Number(END.exec(line)?.[1] ?? endMs * 1000) / 1000;
    if (!PROGRESS.test(line) && line.trim() !== '' && errors.length < 3) errors.push(line.trim());
  };
  const args = [
    ...['-nostdin', '-v', 'error', '-progress', 'pipe:2', ...GO_ON],
    ...(firstFrames === undefined ? ['-skip_frame:v', 'nokey'] : []),
    ...['-i', path, '-map', '0', ...(firstFrames ?? [])],
    ...(firstFrames === undefined && has(found, 'audio') ? ['-af', `aresample=48000,${LOUDNESS_METER}`] : []),
    ...['-f', 'null', '-'],
  ];
  await runTool(ffmpegPath, args, { signal, onComplaint, onLine: (line) => measured.push(line) }).catch(
    (error: unknown) => {
      if (!gaveUp(error)) throw error;
      if (errors.length === 0) errors.push(error.message);
    },
  );
  return { loudness: readLoudness(measured), videoFrames, endMs, errors };
}
