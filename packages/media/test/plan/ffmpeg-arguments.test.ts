import { describe, expect, test } from '@jest/globals';
import { LOUDNESS_METER } from '../../src/probe/loudness.ts';
import { PLAIN } from '../../src/spool/frames/h264/vui.ts';
import { blackJob, deliveryJob, encodeJob, type DeliveryInput } from '../../src/plan/ffmpeg-arguments.ts';

const format = { width: 1280, height: 720, signal: PLAIN };
const video = { path: '/w/video.mkv', lastAtMs: 9933, lastFrameMs: 67, format };
const audio = { path: '/w/audio.mkv', playedAtHz: 48_000, varies: 0 };
const base = { output: '/w/out', startTime: '2026-11-24T10:00:00.000Z' };
const COMMON = ['-hide_banner', '-nostdin', '-y', '-max_error_rate', '1'];
const META = ['-map_metadata', '-1', '-metadata', 'creation_time=2026-11-24T10:00:00.000Z'];
const RESAMPLE = [
  '-af',
  'aresample=async=960:first_pts=0:flags=+res:osr=48000,atrim=start_sample=312,asetpts=N/SR/TB,' + LOUDNESS_METER,
];
const COPY = ['-c:v', 'copy', '-bsf:v', 'setts=pts=PTS:dts=PTS:duration=PTS*67/9933'];
const AAC = ['-c:a', 'aac', '-b:a', '128k', '-ar', '48000'];
const MP4 = ['-movflags', '+faststart', '-f', 'mp4'];

describe('delivery', () => {
  test.each<[string, DeliveryInput, { inputs: string[][]; options: string[] }]>([
    [
      'sound as MP3',
      { ...base, container: 'mp3', audio },
      {
        inputs: [['-c:a', 'libopus', '/w/audio.mkv']],
        options: [
          ...[...COMMON, '-map', '0:a:0', ...RESAMPLE, '-c:a', 'libmp3lame', '-b:a', '128k', '-write_xing', '1'],
          ...['-ar', '48000', ...META, '-id3v2_version', '3', '-f', 'mp3'],
        ],
      },
    ],
    [
      'sound and picture as MP4',
      { ...base, container: 'mp4', audio, video },
      {
        inputs: [['-c:a', 'libopus', '/w/audio.mkv'], ['/w/video.mkv']],
        options: [
          ...[...COMMON, '-map', '1:v:0', ...COPY, '-video_track_timescale', '1000'],
          ...['-map', '0:a:0', ...RESAMPLE, ...AAC, ...META, ...MP4],
        ],
      },
    ],
    [
      'picture alone',
      { ...base, container: 'mp4', video },
      {
        inputs: [['/w/video.mkv']],
        options: [...COMMON, '-map', '0:v:0', ...COPY, '-video_track_timescale', '1000', ...META, ...MP4],
      },
    ],
    [
      'sound alone in an MP4',
      { ...base, container: 'mp4', audio },
      {
        inputs: [['-c:a', 'libopus', '/w/audio.mkv']],
        options: [...COMMON, '-map', '0:a:0', ...RESAMPLE, ...AAC, ...META, ...MP4],
      },
    ],
    [
      'audio of a sound card that samples 3 % slow, and 2 % faster than that for a while',
      { ...base, container: 'mp3', audio: { ...audio, playedAtHz: 46_560, varies: 0.02 } },
      {
        inputs: [['-c:a', 'libopus', '/w/audio.mkv']],
        options: [
          ...[...COMMON, '-map', '0:a:0', '-af'],
          'aresample=async=1920:comp_duration=0.25:first_pts=0:flags=+res:osr=48000,atrim=start_sample=312,' +
            `asetrate=46560,aresample=osr=48000,asetpts=N/SR/TB,${LOUDNESS_METER}`,
          ...['-c:a', 'libmp3lame', '-b:a', '128k', '-write_xing', '1', '-ar', '48000'],
          ...[...META, '-id3v2_version', '3', '-f', 'mp3'],
        ],
      },
    ],
  ])('%s', (_, input, expected) => {
    const job = deliveryJob(input);
    expect(job.inputs.map(({ path, options }) => [...options, path])).toEqual(expected.inputs);
    expect(job.options).toEqual(expected.options);
    expect(job.output).toBe('/w/out');
  });
});

describe('encoding', () => {
  test('odd pieces are fitted, keep their times and get ids of their own', () => {
    const job = encodeJob({ input: '/w/in.mkv', output: '/w/out.mkv', format, setId: 31, baseline: true });
    const w = "'2*max(1,round(min(1280,720*iw*1/1/ih)/2))'";
    const h = "'2*max(1,round(min(720,1280*ih/(iw*1/1))/2))'";
    const fit = `scale=w=${w}:h=${h}:out_range=tv,format=yuv420p,pad=1280:720:(ow-iw)/2:(oh-ih)/2:black,setsar=1/1`;
    expect(job.options).toEqual([
      ...[...COMMON, '-map', '0:v:0', '-vf', fit],
      ...['-fps_mode', 'passthrough', '-enc_time_base', '1:1000'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21', '-pix_fmt', 'yuv420p', '-bf', '0', '-g', '300'],
      ...['-profile:v', 'baseline', '-x264-params', 'sps-id=31:stitchable=1:level=3.1', '-f', 'matroska'],
    ]);
  });

  test('without copied pieces nothing keeps the encoder to baseline', () => {
    const job = encodeJob({ input: '/w/in.mkv', output: '/w/out.mkv', format, setId: 31, baseline: false });
    expect(job.options[job.options.indexOf('-profile:v') + 1]).toBe('high');
  });

  test('black is one picture', () => {
    const job = blackJob({ output: '/w/black.mkv', format, setId: 31, baseline: true });
    expect(job.inputs).toEqual([{ path: 'color=black:size=1280x720:rate=1', options: ['-f', 'lavfi'] }]);
    expect(job.options).toEqual(expect.arrayContaining(['-frames:v', '1']));
  });

  test('pixels that are not square: the container says how wide they are', () => {
    const signal = { pixel: { num: 16, den: 11 }, colour: undefined };
    const wide = { ...video, format: { width: 352, height: 288, signal } };
    const { options } = deliveryJob({ ...base, container: 'mp4', video: wide });
    expect(options[options.indexOf('-aspect') + 1]).toBe('5632:3168');
  });

  test('what is encoded says of its colours what the copied says', () => {
    const colour = { fullRange: true, primaries: 1, transfer: 1, matrix: 1 };
    const target = { ...format, signal: { ...PLAIN, colour } };
    const source = { ...PLAIN, colour: { ...colour, fullRange: false, matrix: 6 } };
    const { options } = encodeJob({
      input: '/w/in',
      output: '/w/out',
      format: target,
      source,
      setId: 31,
      baseline: true,
    });
    expect(options[options.indexOf('-vf') + 1]).toMatch(
      /out_range=pc:in_color_matrix=smpte170m:out_color_matrix=bt709,format=yuvj420p,/,
    );
    expect(options[options.indexOf('-bsf:v') + 1]).toBe(
      'h264_metadata=video_full_range_flag=1:colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1',
    );
  });
});
