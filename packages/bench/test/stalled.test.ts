import { describe, expect, test } from '@jest/globals';
import type { Delivery } from '@trtc-recorder/sandbox';
import type { AnchorSetup } from '../src/case.ts';
import { CASES } from '../src/cases.ts';
import { trackError } from '../src/judge/accounting.ts';
import type { FoundFile } from '../src/judge/found.ts';
import { isStalled } from '../src/judge/stalled.ts';
import { benchOptions } from '../src/options.ts';
import { SENDER_CASES } from '../src/senders.ts';

const stall = { everyMs: 6_000, ms: 1_300 };
const anna: AnchorSetup = {
  userId: 'anna',
  clip: { freq: 440, gop: 1 },
  timestamps: { audio: { stall }, video: { stall } },
};

const asked = (track: 'audio' | 'main' | 'sub', setup = anna): number[] =>
  Array.from({ length: 14 }, (_, second) => second).filter((second) => !isStalled({ track, second }, setup));

describe('while a track stalls', () => {
  test('beeps are not asked for', () => expect(asked('audio')).toEqual([0, 1, 2, 3, 4, 5, 8, 9, 10, 11]));

  test('flashes are not asked for until the next key frame', () =>
    expect(asked('main')).toEqual([0, 1, 2, 3, 4, 5, 9, 10, 11]));

  test('the other tracks are as ever', () => {
    expect(asked('sub')).toHaveLength(14);
    expect(asked('main', { ...anna, timestamps: { audio: { stall } } })).toHaveLength(14);
  });

  test('nothing is missing of the video, and the account is as long as what was sent', () => {
    const at = (second: number) => 1_760_000_000_000 + second * 1000;
    const times = Array.from({ length: 150 }, (_, index) => index / 15).filter((second) => second < 6 || second >= 8);
    const pictures = times.map((second) => ({ at: second, brightness: 90, code: { source: 440, number: 1 } }));
    const deliveries: Delivery[] = [
      {
        ...{ publisherId: 'anna', stream: 'main', ssrc: 1, packets: 120, pictures: { 'h264 320x240': 120 } },
        ...{ fromMs: at(0), toMs: at(10 - 1 / 15), lostAtMs: [] },
      },
    ];
    const claims = { Gaps: [], Published: [{ Kind: 'video' as const, StartMs: at(0), EndMs: at(10) }] };
    const errorOf = (shown: typeof pictures) => {
      const files = [{ beeps: [], truth: { pictures: shown } } as unknown as FoundFile];
      return trackError({ setup: anna, track: 'main', deliveries, claims, files }, at(11), at(0));
    };
    expect(errorOf(pictures)).toBeCloseTo(0, -1);
    expect(errorOf(pictures.slice(15))).toBeCloseTo(1000, -1);
  });
});

describe('generated senders', () => {
  test('are 20, of many kinds, and the same in every run', () => {
    expect(SENDER_CASES).toHaveLength(20);
    const faults = SENDER_CASES.flatMap(({ anchors: [anchor] }) => [
      ...Object.keys(anchor?.timestamps?.audio ?? {}).map((name) => `audio ${name}`),
      ...Object.keys(anchor?.timestamps?.video ?? {}).map((name) => `video ${name}`),
    ]);
    for (const fault of [
      'audio ppm',
      'audio jump',
      'audio stall',
      'video ppm',
      'video jump',
      'video stall',
      'video counts',
    ])
      expect(faults).toContain(fault);
  });

  test('are played when they are asked for', () => {
    expect(benchOptions([]).case).toHaveLength(CASES.length + 1);
    expect(benchOptions(['--senders']).case).toEqual(SENDER_CASES.map(({ name }) => name));
    expect(benchOptions(['--case', 'sender-3']).case).toEqual(['sender-3']);
  });
});
