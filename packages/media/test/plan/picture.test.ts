import { describe, expect, test } from '@jest/globals';
import type { Codec } from '@trtc-recorder/contracts';
import { dominantSize, videoRuns, type SizedPiece } from '../../src/plan/picture.ts';

type Short = readonly [codec: Codec, width: number, height: number, seconds: number];

const pieces = (shorts: readonly Short[]): SizedPiece[] => {
  let startMs = 0;
  return shorts.map(([codec, width, height, seconds], index) => {
    const endMs = startMs + seconds * 1000;
    const rest = {
      take: 1,
      track: 1,
      segment: index + 1,
      file: `${index}.mkv`,
      frames: 1,
      bytes: 1,
      firstRtp: 0,
      lastRtp: 0,
    };
    const clock = { clockRate: 90_000, epochs: [], drift: 0 };
    const piece = { ...rest, clock, codec, width, height, startMs, endMs, untilMs: endMs };
    startMs = endMs;
    return piece;
  });
};

describe('the size of a file and what happens to its pieces', () => {
  test.each<[string, Short[], [number, number], string[]]>([
    [
      'one size',
      [
        ['h264', 640, 360, 10],
        ['h264', 640, 360, 10],
      ],
      [640, 360],
      ['copy:2'],
    ],
    [
      'a ramp',
      [
        ['h264', 320, 180, 2],
        ['h264', 640, 360, 2],
        ['h264', 1280, 720, 60],
      ],
      [1280, 720],
      ['encode:1', 'encode:1', 'copy:1'],
    ],
    [
      'what was shown longest counts, not what came most often',
      [
        ['h264', 320, 180, 2],
        ['h264', 640, 360, 30],
        ['h264', 320, 180, 2],
        ['h264', 320, 180, 2],
      ],
      [640, 360],
      ['encode:1', 'copy:1', 'encode:2'],
    ],
    [
      'all VP8',
      [
        ['vp8', 640, 360, 10],
        ['vp8', 640, 360, 10],
      ],
      [640, 360],
      ['encode:2'],
    ],
    ['VP8 of odd size', [['vp8', 321, 241, 10]], [320, 240], ['encode:1']],
    [
      'a codec that changes',
      [
        ['h264', 640, 360, 10],
        ['vp8', 640, 360, 5],
        ['h264', 640, 360, 10],
      ],
      [640, 360],
      ['copy:1', 'encode:1', 'copy:1'],
    ],
    [
      'other codec and other size go through decoders of their own',
      [
        ['vp8', 640, 360, 5],
        ['vp8', 320, 180, 5],
        ['h264', 320, 180, 5],
        ['h264', 1280, 720, 30],
      ],
      [1280, 720],
      ['encode:1', 'encode:1', 'encode:1', 'copy:1'],
    ],
  ])('%s', (_, shorts, [width, height], expected) => {
    const sized = pieces(shorts);
    const size = dominantSize(sized);
    expect(size).toEqual({ width, height });
    const runs = videoRuns(sized, size);
    expect(runs.map((run) => `${run.treatment}:${run.pieces.length}`)).toEqual(expected);
  });
});
