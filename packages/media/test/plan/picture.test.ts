import { describe, expect, test } from '@jest/globals';
import type { Codec } from '@trtc-recorder/contracts';
import { prevailingFormat, videoRuns, type PrevailingRule, type SizedPiece } from '../../src/plan/picture.ts';
import { PLAIN, SQUARE, type Signal } from '../../src/spool/frames/h264/vui.ts';

type Short = readonly [codec: Codec, width: number, height: number, seconds: number, signal?: Signal];

const FULL: Signal = { pixel: SQUARE, colour: { fullRange: true, primaries: 2, transfer: 2, matrix: 2 } };
const WIDE: Signal = { pixel: { num: 16, den: 11 }, colour: undefined };

const pieces = (shorts: readonly Short[]): SizedPiece[] => {
  let startMs = 0;
  return shorts.map(([codec, width, height, seconds, signal = PLAIN], index) => {
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
    const piece = { ...rest, clock, codec, width, height, signal, startMs, endMs, untilMs: endMs };
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
      'the time counts, not how often it came',
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
    [
      'HD for 10 s after a small size for 11 s',
      [
        ['h264', 160, 90, 11],
        ['h264', 1280, 720, 10],
      ],
      [1280, 720],
      ['encode:1', 'copy:1'],
    ],
    [
      'HD for a moment',
      [
        ['h264', 640, 360, 10],
        ['h264', 1920, 1080, 1.5],
      ],
      [640, 360],
      ['copy:1', 'encode:1'],
    ],
    [
      'HD for a small part of a long time',
      [
        ['h264', 320, 180, 3600],
        ['h264', 1280, 720, 10],
      ],
      [320, 180],
      ['copy:1', 'encode:1'],
    ],
    ['nothing but moments', [['h264', 640, 360, 0.5]], [640, 360], ['copy:1']],
    [
      'pixels of another shape',
      [
        ['h264', 352, 288, 10],
        ['h264', 352, 288, 5, WIDE],
      ],
      [352, 288],
      ['copy:1', 'encode:1'],
    ],
    [
      'another range',
      [
        ['h264', 640, 360, 10],
        ['h264', 640, 360, 5, FULL],
      ],
      [640, 360],
      ['copy:2'],
    ],
  ])('%s', (_, shorts, [width, height], expected) => {
    const sized = pieces(shorts);
    const format = prevailingFormat(sized);
    expect([format.width, format.height]).toEqual([width, height]);
    const runs = videoRuns(sized, format);
    expect(runs.map((run) => `${run.treatment}:${run.pieces.length}`)).toEqual(expected);
  });
});

test.each<[PrevailingRule['by'], [number, number]]>([
  ['pixel-time', [640, 360]],
  ['time', [320, 180]],
  ['largest', [1280, 720]],
])('by %s', (by, [width, height]) => {
  const sized = pieces([
    ['h264', 320, 180, 60],
    ['h264', 640, 360, 30],
    ['h264', 1280, 720, 4],
  ]);
  expect(prevailingFormat(sized, { by, minMs: 2000 })).toMatchObject({ width, height });
});

test('colours are those of the copied pieces, and of most of them', () => {
  const sized = pieces([
    ['vp8', 640, 360, 30],
    ['h264', 640, 360, 4],
    ['h264', 640, 360, 5, FULL],
  ]);
  expect(prevailingFormat(sized).signal).toEqual(FULL);
});
