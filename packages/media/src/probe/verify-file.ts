import { AppError } from '@trtc-recorder/runtime';
import { durationMs, type FilePlan } from '../plan/file-plan.ts';
import { hasLengthHeader, isFastStart, topLevelBoxes } from './boxes.ts';
import { LOUDNESS_METER, missingSound, readLoudness, strangeSound, type Loudness } from './loudness.ts';
import { runTool } from './run-tool.ts';
import { probeFile, type Probe, type ProbeTools } from './streams.ts';

/** A file may be longer or shorter than planned by this: codec frames are up to 26 ms, decoder delay up to 50 ms. */
export const DURATION_TOLERANCE_MS = 100;

export interface VerifyOptions extends ProbeTools {
  /** How loud each second was before it was encoded. */
  readonly loudness?: Loudness;
}

/** What was found in a file that passed. */
export interface Findings {
  readonly durationMs: number;
  readonly streams: readonly { readonly codec: string; readonly packets: number; readonly keyFrames: number }[];
  readonly width?: number;
  readonly height?: number;
  /** How much later the picture ends than the sound, which were planned to end together. */
  readonly skewMs: number;
}

type Expected = Pick<FilePlan, 'container' | 'startMs' | 'endMs' | 'audio' | 'video'>;

const checkContainer = async (path: string, plan: Expected): Promise<string[]> => {
  if (plan.container === 'mp3') return (await hasLengthHeader(path)) ? [] : ['the MP3 has no length header'];
  return isFastStart(await topLevelBoxes(path)) ? [] : ['the index does not come before the media'];
};

const checkStreams = ({ streams }: Probe, plan: Expected): string[] => {
  const expected = [
    ...(plan.video.length > 0 ? ['h264'] : []),
    ...(plan.audio.length > 0 ? [plan.container === 'mp3' ? 'mp3' : 'aac'] : []),
  ];
  const found = streams.map((stream) => stream.codec_name);
  return found.join() === expected.join()
    ? []
    : [`holds ${found.join(' and ') || 'nothing'}, not ${expected.join(' and ')}`];
};

const checkPackets = ({ streams, packets }: Probe): string[] =>
  streams.flatMap(({ index, codec_name: codec }) => {
    const facts = packets.get(index);
    if (facts === undefined) return [`the ${codec} stream is empty`];
    return facts.disordered === 0 ? [] : [`${facts.disordered} ${codec} packets are not in order of time`];
  });

/** Every stream reaches from the file's start to its end: what is missing within has been filled. */
const checkDuration = ({ packets }: Probe, plan: Expected): string[] => {
  const plannedMs = durationMs(plan);
  const isOff = (foundMs: number, expectedMs: number) => Math.abs(foundMs - expectedMs) > DURATION_TOLERANCE_MS;
  return [...packets.values()].flatMap(({ firstMs, endMs }) => [
    ...(isOff(firstMs, 0) ? [`a stream starts at ${Math.round(firstMs)} ms`] : []),
    ...(isOff(endMs, plannedMs)
      ? [`a stream ends at ${Math.round(endMs)} ms, not at ${Math.round(plannedMs)} ms`]
      : []),
  ]);
};

const reject = (problems: readonly string[]): AppError =>
  new AppError('FileRejected', `the file is not right: ${problems.join('; ')}`, { details: { problems } });

/** A tool that ran and gave up says something about the file; one that could not run does not. */
const asRejection = (error: unknown): unknown =>
  error instanceof AppError && typeof error.details['exitCode'] === 'number' ? reject([error.message]) : error;

/** Decodes all of the sound, and listens to it on the way; of the pictures, all decoded before, the key frames. */
const decode = async (path: string, { streams }: Probe, options: VerifyOptions) => {
  const { ffmpegPath = 'ffmpeg', signal } = options;
  const heard: string[] = [];
  const sounds = streams.some((stream) => stream.codec_type === 'audio');
  const args = [
    ...['-nostdin', '-v', 'error', '-skip_frame:v', 'nokey', '-i', path, '-map', '0'],
    ...(sounds ? ['-af', `aresample=48000,${LOUDNESS_METER}`] : []),
    ...['-f', 'null', '-'],
  ];
  const complaints = await runTool(ffmpegPath, args, { signal, onLine: (line) => heard.push(line) });
  return { complaints: complaints.slice(0, 3).map((line) => `decoder: ${line}`), loudness: readLoudness(heard) };
};

const checkContent = async (path: string, probe: Probe, plan: Expected, options: VerifyOptions): Promise<string[]> => {
  const { complaints, loudness } = await decode(path, probe, options).catch((error: unknown) => {
    throw asRejection(error);
  });
  return [
    ...complaints,
    ...missingSound(options.loudness ?? [], loudness),
    ...strangeSound(plan.audio, plan, loudness),
  ];
};

const endOf = ({ streams, packets }: Probe, type: string): number | undefined => {
  const stream = streams.find((item) => item.codec_type === type);
  return stream === undefined ? undefined : packets.get(stream.index)?.endMs;
};

const skewOf = (probe: Probe): number => {
  const video = endOf(probe, 'video');
  const audio = endOf(probe, 'audio');
  return video === undefined || audio === undefined ? 0 : Math.round(video - audio);
};

const probe = (path: string, options: VerifyOptions): Promise<Probe> =>
  probeFile(path, options).catch((error: unknown) => {
    throw asRejection(error);
  });

/**
 * Checks a made file against its plan: container, streams, every packet's time, duration; that its key frames and all of
 * its sound decode without a word; that what was heard before it was encoded is in it, and that nothing is heard where
 * nothing was received. Error: FileRejected with every reason.
 */
export async function verifyFile(path: string, plan: Expected, options: VerifyOptions = {}): Promise<Findings> {
  const found = await probe(path, options);
  const { streams, packets } = found;
  const problems = [
    ...(await checkContainer(path, plan)),
    ...checkStreams(found, plan),
    ...checkPackets(found),
    ...checkDuration(found, plan),
    ...(await checkContent(path, found, plan, options)),
  ];
  if (problems.length > 0) throw reject(problems);
  const video = streams.find((stream) => stream.codec_type === 'video');
  return {
    durationMs: Math.round(Math.max(...[...packets.values()].map((facts) => facts.endMs))),
    streams: streams.map(({ index, codec_name: codec }) => ({
      codec,
      packets: packets.get(index)?.packets ?? 0,
      keyFrames: packets.get(index)?.keyFrames ?? 0,
    })),
    ...(video?.width === undefined || video.height === undefined ? {} : { width: video.width, height: video.height }),
    skewMs: skewOf(found),
  };
}
