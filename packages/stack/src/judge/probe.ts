import { run } from './run.ts';

export interface ProbedStream {
  readonly codec: string;
  readonly kind: 'audio' | 'video';
  readonly durationS: number;
  readonly startS: number;
  readonly width?: number;
  readonly height?: number;
  readonly sampleRate?: number;
  readonly frames?: number;
}

export interface Probed {
  readonly format: string;
  readonly durationS: number;
  readonly bitRate: number;
  readonly streams: readonly ProbedStream[];
  readonly video: ProbedStream | undefined;
  readonly audio: ProbedStream | undefined;
}

interface Raw {
  format: { format_name: string; duration: string; bit_rate: string };
  streams: Record<string, string | number | undefined>[];
}

/** What ffprobe says of a file. */
export async function probe(file: string): Promise<Probed> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file]);
  const raw = JSON.parse(stdout.toString('utf8')) as Raw;
  const streams = raw.streams.map((stream): ProbedStream => ({
    codec: String(stream['codec_name']),
    kind: stream['codec_type'] === 'audio' ? 'audio' : 'video',
    durationS: Number(stream['duration']),
    startS: Number(stream['start_time']),
    ...(stream['width'] !== undefined && { width: Number(stream['width']), height: Number(stream['height']) }),
    ...(stream['sample_rate'] !== undefined && { sampleRate: Number(stream['sample_rate']) }),
    ...(stream['nb_frames'] !== undefined && { frames: Number(stream['nb_frames']) }),
  }));
  return {
    format: raw.format.format_name,
    durationS: Number(raw.format.duration),
    bitRate: Number(raw.format.bit_rate),
    streams,
    video: streams.find(({ kind }) => kind === 'video'),
    audio: streams.find(({ kind }) => kind === 'audio'),
  };
}

/** Everything ffmpeg complains of while decoding the whole file; empty for a sound one. */
export const decodeErrors = async (file: string): Promise<string> =>
  (await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-f', 'null', '-'])).stderr.trim();
