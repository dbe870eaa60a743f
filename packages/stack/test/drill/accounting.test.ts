import { expect, test } from '@jest/globals';
import type { TimelineDocument } from '@trtc-recorder/contracts';
import { accountErrorMs } from '../../src/drill/truth/accounting.ts';

const START = 1_760_000_000_000;

/** 10 s were promised; the recorder was out of the room from 4 to 6 s. */
const errorWith = (
  gaps: readonly (readonly [kind: 'audio' | 'video', from: number, to: number])[],
  missingBeeps: readonly number[] = [4, 5],
): number => {
  const Gaps = gaps.map(([Kind, from, to]) => ({
    ...{ Kind, Cause: 'crash' as const, LostMs: (to - from) * 1000 },
    ...{ StartMs: START + from * 1000, EndMs: START + to * 1000 },
  }));
  const stream = { StreamType: 'main' as const, Tracks: [], Published: [], Gaps, Mutes: [], Absences: [] };
  const timeline: TimelineDocument = {
    ...{ Version: 1, RequestId: 'r', Takes: [], Files: [] },
    Anchors: [{ UserId: 'anna', Streams: [stream] }],
  };
  const seconds = Array.from({ length: 10 }, (_, second) => second).filter((each) => !missingBeeps.includes(each));
  const beeps = seconds.map((at) => ({ at: at + 0.004, seconds: 0.1 }));
  const files = [{ startMs: START, beeps }];
  const promise = { fromMs: 0, toMs: 10_000 };
  return accountErrorMs({ timeline, userId: 'anna', promise, deliveredMs: 8_000, mediaStart: START, files });
};

test.each<[string, Parameters<typeof errorWith>, number]>([
  [
    'files and gaps are what was promised',
    [
      [
        ['audio', 3.9, 6],
        ['video', 4, 6],
      ],
    ],
    0,
  ],
  ['the timeline has no gap of the video', [[['audio', 3.9, 6]]], 2000],
  [
    'its gap of the video is too short',
    [
      [
        ['audio', 3.9, 6],
        ['video', 4, 5.5],
      ],
    ],
    500,
  ],
  ['it has no gap of the audio', [[['video', 4, 6]]], 200],
  [
    'its gap of the audio is where the audio is',
    [
      [
        ['audio', 1.9, 3.2],
        ['video', 4, 6],
      ],
    ],
    400,
  ],
  [
    'a beep is neither in a file nor in a gap',
    [
      [
        ['audio', 3.9, 6],
        ['video', 4, 6],
      ],
      [4, 5, 8],
    ],
    100,
  ],
])('%s', (_, given, error) => {
  expect(errorWith(...given)).toBeCloseTo(error, 0);
});
