import type { Finding } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import { decodeFile, gaveUp, type DecodedFile } from './decode-file.ts';
import { checkContainer, checkDuration, checkOrder, checkStreams, type Expected } from './file-checks.ts';
import { missingAudio, unexpectedAudio, type Loudness } from './loudness.ts';
import { probeFile, type Probe, type ProbeTools, type Stream } from './streams.ts';

export interface VerifyOptions extends ProbeTools {
  /** How loud each second was before it was encoded. */
  readonly loudness?: Loudness;
}

/** A file that can be played, and what was found in it. */
export interface VerifiedFile {
  readonly durationMs: number;
  readonly streams: readonly { readonly codec: string; readonly packets: number; readonly keyFrames: number }[];
  readonly width?: number;
  readonly height?: number;
  /** How much later the video ends than the audio; they are planned to end together. */
  readonly skewMs: number;
  readonly findings: readonly Finding[];
}

const reject = (reason: string, cause?: unknown): AppError =>
  new AppError('FileRejected', `the file cannot be played: ${reason}`, { cause, details: { reason } });

/** ffprobe can't open it: neither can a player. */
const probe = (path: string, options: VerifyOptions): Promise<Probe> =>
  probeFile(path, options).catch((error: unknown) => {
    throw gaveUp(error) ? reject(error.message, error) : error;
  });

const isDecodable = (stream: Stream, { loudness, videoFrames }: DecodedFile): boolean =>
  stream.codec_type === 'audio' ? loudness.length > 0 : videoFrames > 0;

const checkDecoding = ({ streams }: Probe, decoded: DecodedFile): Finding[] => {
  const dead = streams.filter((stream) => !isDecodable(stream, decoded));
  if (dead.length === streams.length) throw reject(decoded.errors[0] ?? 'no frame of it decodes');
  return [
    ...dead.map(({ codec_name: codec }): Finding => ({
      Code: 'StreamUndecodable',
      Message: `No frame of the ${codec} stream decodes.`,
    })),
    ...(decoded.errors.length === 0
      ? []
      : [{ Code: 'DecoderErrors' as const, Message: `The decoder reports: ${decoded.errors.join('; ')}` }]),
  ];
};

const endOf = ({ streams, packets }: Probe, type: string): number | undefined => {
  const stream = streams.find((item) => item.codec_type === type);
  return stream === undefined ? undefined : packets.get(stream.index)?.endMs;
};

const skewOf = (found: Probe): number => {
  const video = endOf(found, 'video');
  const audio = endOf(found, 'audio');
  return video === undefined || audio === undefined ? 0 : Math.round(video - audio);
};

const factsOf = (found: Probe, { container }: Expected, decoded: DecodedFile): Omit<VerifiedFile, 'findings'> => {
  const { streams, packets } = found;
  const video = streams.find((stream) => stream.codec_type === 'video');
  const endMs = [...packets.values()].reduce((high, facts) => Math.max(high, facts.endMs), 0);
  return {
    // An MP3's frames also hold what its encoder added; its header says so, and decoders leave it out.
    durationMs: Math.round(container === 'mp3' ? decoded.endMs : endMs),
    streams: streams.map(({ index, codec_name: codec }) => ({
      codec,
      packets: packets.get(index)?.packets ?? 0,
      keyFrames: packets.get(index)?.keyFrames ?? 0,
    })),
    ...(video?.width === undefined || video.height === undefined ? {} : { width: video.width, height: video.height }),
    skewMs: skewOf(found),
  };
};

/**
 * Checks a finished file against its plan: container, streams, every packet's time, duration, decoding, and whether the
 * audio is in it. A doubt becomes a finding. Error: FileRejected only for a file that no player can play.
 */
export async function verifyFile(path: string, plan: Expected, options: VerifyOptions = {}): Promise<VerifiedFile> {
  const found = await probe(path, options);
  if (found.streams.length === 0) throw reject('it has no stream');
  const decoded = await decodeFile(path, found, options);
  const undecodable = checkDecoding(found, decoded);
  const findings = [
    ...(await checkContainer(path, plan)),
    ...checkStreams(found, plan),
    ...checkOrder(found),
    ...checkDuration(found, plan, decoded.endMs),
    ...undecodable,
    ...missingAudio(options.loudness ?? [], decoded.loudness),
    ...unexpectedAudio(plan.audio, plan, decoded.loudness),
  ];
  return { ...factsOf(found, plan, decoded), findings };
}
