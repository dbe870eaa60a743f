import { LOUDNESS_METER } from '../probe/loudness.ts';
import type { Signal } from '../spool/frames/h264/vui.ts';
import type { Container } from './file-plan.ts';
import { videoFilter, videoSignal, pixelFormat } from './video-filters.ts';
import type { FrameFormat, Size } from './picture.ts';

/** One ffmpeg run: nothing of it ever passes a shell. Every option is an item of its own. */
export interface FfmpegJob {
  readonly inputs: readonly { readonly path: string; readonly options: readonly string[] }[];
  readonly options: readonly string[];
  readonly output: string;
}

/** The resampler may stretch or squeeze by this many samples a second (2 %) to follow the clock. */
const MAX_COMPENSATION = 960;
const AUDIO_RATE = 48_000;
/** Where the sender's rate varies by more than this, the resampler follows it faster, within this many seconds. */
const VARIES = 0.01;
const FAST_S = 0.25;
/** Ticks per second of the picture's track: its grid is whole ms, and ffmpeg counts a frame's ticks in 31 bits. */
const TIMESCALE = '1000';

/**
 * Opus encoders look ahead by 6.5 ms (libopus, OPUS_GET_LOOKAHEAD, in every mode that WebRTC has), so a packet decodes to
 * sound from 6.5 ms before its timestamp: RFC 7845 calls it pre-skip. In samples at 48 kHz.
 */
export const OPUS_PRESKIP = 312;

/** ffmpeg fails when two thirds of what it decodes are broken; what is not is worth having. */
export const GO_ON = ['-max_error_rate', '1'];

const GLOBAL = ['-hide_banner', '-nostdin', '-y', ...GO_ON];
/** How a file's audio is brought from the sender's clock to the wall clock. */
export interface AudioRate {
  /** Rate at which the decoded samples are to be played, Hz: 48,000 but for a sender whose clock is far off. */
  readonly playedAtHz: number;
  /** By how much the sender's rate differs from that somewhere in the file: 0.01 is 1 %. */
  readonly varies: number;
}

/**
 * Follows the packets' timestamps: soft compensation evens out small differences; the stream has no gaps. Then leaves
 * out the pre-skip, which brings every sound to its own time, and resamples what a wrong clock recorded to its true
 * rate. What AAC and MP3 encoders add is declared by the file itself (edit list, LAME's header), and players leave it out.
 */
const followClock = ({ playedAtHz, varies }: AudioRate): string => {
  const most = MAX_COMPENSATION + Math.ceil(varies * AUDIO_RATE);
  const fast = varies > VARIES ? `:comp_duration=${FAST_S}` : '';
  return [
    `aresample=async=${most}${fast}:first_pts=0:flags=+res:osr=${AUDIO_RATE}`,
    `atrim=start_sample=${OPUS_PRESKIP}`,
    ...(playedAtHz === AUDIO_RATE ? [] : [`asetrate=${playedAtHz}`, `aresample=osr=${AUDIO_RATE}`]),
    'asetpts=N/SR/TB',
  ].join(',');
};

export interface DeliveryInput {
  readonly container: Container;
  /** Intermediate files; at least one. */
  readonly audio?: AudioRate & { readonly path: string };
  readonly video?: {
    readonly path: string;
    /** When the last picture comes (not 0), and for how long it is shown. */
    readonly lastAtMs: number;
    readonly lastFrameMs: number;
    readonly format: FrameFormat;
  };
  readonly output: string;
  /** Start of the file, ISO 8601. */
  readonly startTime: string;
}

const soundCodec = (container: Container): string[] =>
  container === 'mp3' ? ['-c:a', 'libmp3lame', '-b:a', '128k', '-write_xing', '1'] : ['-c:a', 'aac', '-b:a', '128k'];

const soundOptions = ({ container, audio }: DeliveryInput): string[] =>
  audio === undefined
    ? []
    : [
        '-map',
        '0:a:0',
        '-af',
        `${followClock(audio)},${LOUDNESS_METER}`,
        ...soundCodec(container),
        '-ar',
        `${AUDIO_RATE}`,
      ];

/** The intermediate file knows of square pixels only. */
const displayAspect = ({ width, height, signal: { pixel } }: FrameFormat): string[] =>
  pixel.num === pixel.den ? [] : ['-aspect', `${width * pixel.num}:${height * pixel.den}`];

const pictureOptions = ({ audio, video }: DeliveryInput): string[] => {
  if (video === undefined) return [];
  // No B-frames, so decoding order is showing order. A picture lasts until the next; only the last needs a duration,
  // which is given as a part of its own time, because versions of ffmpeg differ in the unit the filter has here.
  const exact = `setts=pts=PTS:dts=PTS:duration=PTS*${video.lastFrameMs}/${video.lastAtMs}`;
  const map = `${audio === undefined ? 0 : 1}:v:0`;
  return [
    '-map',
    map,
    '-c:v',
    'copy',
    ...displayAspect(video.format),
    '-bsf:v',
    exact,
    '-video_track_timescale',
    TIMESCALE,
  ];
};

/** The run that makes the delivered file of the intermediate ones. */
export const deliveryJob = (input: DeliveryInput): FfmpegJob => ({
  inputs: [
    // libopus conceals lost packets; ffmpeg's own decoder leaves holes.
    ...(input.audio === undefined ? [] : [{ path: input.audio.path, options: ['-c:a', 'libopus'] }]),
    ...(input.video === undefined ? [] : [{ path: input.video.path, options: [] }]),
  ],
  options: [
    ...GLOBAL,
    ...pictureOptions(input),
    ...soundOptions(input),
    ...['-map_metadata', '-1', '-metadata', `creation_time=${input.startTime}`],
    ...(input.container === 'mp4' ? ['-movflags', '+faststart', '-f', 'mp4'] : ['-id3v2_version', '3', '-f', 'mp3']),
  ],
  output: input.output,
});

export interface EncodeInput {
  readonly input: string;
  readonly output: string;
  /** The file's format. */
  readonly format: FrameFormat;
  /** What is known of the input's frames; left out: their colours are the file's. */
  readonly source?: Signal;
  /** Parameter set id, distinct from those of the copied pieces, the same for all that is encoded. */
  readonly setId: number;
  /** Pictures before are decoded but left out: seconds since the first. */
  readonly fromS?: number;
  /** Keep to the profile every decoder of a copied WebRTC stream has. */
  readonly baseline: boolean;
}

/** Macroblocks in a picture, and the level whose decoders have the memory for it (H264, table A-1). */
const LEVELS = [
  [3_600, '3.1'],
  [8_192, '4'],
  [36_864, '5.1'],
] as const;

/** Said once for all runs of a size: x264 would go by what ffmpeg takes for each one's frame rate. */
const levelOf = ({ width, height }: Size): string => {
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  return LEVELS.find(([most]) => macroblocks <= most)?.[1] ?? '6.2';
};

/** `stitchable`: all runs of one format have the same parameter sets, whatever is in their pictures. */
const x264Options = ({ format, setId, baseline }: Pick<EncodeInput, 'format' | 'setId' | 'baseline'>): string[] => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21', '-pix_fmt', pixelFormat(format)],
  ...['-bf', '0', '-g', '300', '-profile:v', baseline ? 'baseline' : 'high'],
  ...['-x264-params', `sps-id=${setId}:stitchable=1:level=${levelOf(format)}`],
  ...videoSignal(format),
];

/** Every frame keeps its time: none is doubled or dropped to make a steady rate. */
const KEEP_TIMES = ['-fps_mode', 'passthrough', '-enc_time_base', '1:1000'];

/** The run that brings pieces of another format or codec into the file's: scaled to fit, with black borders. */
export const encodeJob = (input: EncodeInput): FfmpegJob => {
  const trim = input.fromS === undefined ? '' : `trim=start=${input.fromS},`;
  const filter = trim + videoFilter(input.format, input.source);
  return {
    inputs: [{ path: input.input, options: [] }],
    options: [...GLOBAL, '-map', '0:v:0', '-vf', filter, ...KEEP_TIMES, ...x264Options(input), '-f', 'matroska'],
    output: input.output,
  };
};

/** The run that makes one black picture, shown until the first real one. */
export const blackJob = ({ format, setId, baseline, output }: Omit<EncodeInput, 'input'>): FfmpegJob => ({
  inputs: [{ path: `color=black:size=${format.width}x${format.height}:rate=1`, options: ['-f', 'lavfi'] }],
  options: [
    ...[...GLOBAL, '-frames:v', '1', '-vf', videoFilter(format)],
    ...[...x264Options({ format, setId, baseline }), '-f', 'matroska'],
  ],
  output,
});
