import { describe, expect, test } from '@jest/globals';
import type { TimelineGap } from '@trtc-recorder/contracts';
import type { Delivery } from '@trtc-recorder/sandbox';
import { trackError, wrongLines } from '../src/judge/accounting.ts';
import type { FoundFile } from '../src/judge/found.ts';
import { isCut } from '../src/judge/lost.ts';

const START = 1_760_000_000_000;
const at = (second: number): number => START + second * 1000;
const FPS = 15;

type Gap = TimelineGap & { readonly Kind: 'audio' | 'video' };

const gap = (kind: Gap['Kind'], from: number, to: number, lostMs = (to - from) * 1000): Gap => ({
  ...{ Kind: kind, StartMs: at(from), EndMs: at(to), Cause: 'lost', LostMs: lostMs },
});

const delivery = (stream: 'audio' | 'main', packets: number, lost: readonly number[] = []): Delivery => ({
  ...{ publisherId: 'anna', stream, ssrc: 1, packets, pictures: {}, lostAtMs: lost.map(at) },
  ...{ fromMs: at(0), toMs: at(stream === 'audio' ? 9.98 : 10 - 1 / FPS) },
});

/** A file of 10 s with the frames and the beeps of all seconds but those that are missing. */
const file = (missing: readonly [from: number, to: number]): FoundFile => {
  const isThere = (second: number): boolean => second < missing[0] || second >= missing[1];
  const pictures = Array.from({ length: 10 * FPS }, (_, index) => index / FPS)
    .filter(isThere)
    .map((second) => ({ at: second, brightness: 90, code: { source: 440, number: Math.round(second * FPS) } }));
  const beeps = Array.from({ length: 10 }, (_, second) => second)
    .filter(isThere)
    .map((atS) => ({ atS, wallMs: at(atS) }));
  return { beeps, truth: { pictures } } as unknown as FoundFile;
};

const setup = { userId: 'anna', clip: { freq: 440 } } as const;

const errorOf = (track: 'audio' | 'main', deliveries: Delivery[], files: FoundFile[], gaps: Gap[]): number => {
  const kind = track === 'audio' ? ('audio' as const) : ('video' as const);
  const claims = { Gaps: gaps, Published: [{ Kind: kind, StartMs: at(0), EndMs: at(10) }] };
  return trackError({ setup, track, deliveries, claims, files }, at(11), at(0));
};

describe('file and gaps are the published time', () => {
  const whole = file([99, 99]);
  const holed = file([4, 6]);

  test.each<[string, () => number, number]>([
    ['video that is all there', () => errorOf('main', [delivery('main', 150)], [whole], []), 0],
    ['a gap where it is missing', () => errorOf('main', [delivery('main', 150)], [holed], [gap('video', 4, 6)]), 0],
    [
      'a gap that was joined of several',
      () => errorOf('main', [delivery('main', 150)], [holed], [gap('video', 3, 7, 2000)]),
      0,
    ],
    ['a gap that is not told', () => errorOf('main', [delivery('main', 150)], [holed], []), 2000],
    [
      'a gap that is told too long',
      () => errorOf('main', [delivery('main', 150)], [holed], [gap('video', 4, 7)]),
      1000,
    ],
    [
      'a gap where nothing is missing',
      () => errorOf('main', [delivery('main', 150)], [whole], [gap('video', 4, 6)]),
      2000,
    ],
    ['a gap of the other kind', () => errorOf('main', [delivery('main', 150)], [holed], [gap('audio', 4, 6)]), 2000],
    ['audio that is all there', () => errorOf('audio', [delivery('audio', 500)], [whole], []), 0],
    [
      'audio that was not sent for 2 s',
      () => errorOf('audio', [delivery('audio', 400)], [holed], [gap('audio', 4, 6)]),
      0,
    ],
    ['audio that is not told to be missing', () => errorOf('audio', [delivery('audio', 400)], [holed], []), 2200],
    ['audio that came and is not in the file', () => errorOf('audio', [delivery('audio', 500)], [holed], []), 200],
  ])('%s', (_, error, wanted) => {
    expect(error()).toBeCloseTo(wanted, -1);
  });

  test('audio packets that the network lost', () => {
    const lost = Array.from({ length: 100 }, (_, index) => 4 + index * 0.02);
    expect(errorOf('audio', [delivery('audio', 500, lost)], [holed], [gap('audio', 4, 6)])).toBeCloseTo(0, -1);
  });
});

test.each([
  ['the first key frame is lost, and it begins with the next', 400, 0.2, 0],
  ['more is missing than the network explains', 400, 1, 600],
  ['the network is good', 0, 0.2, 200],
])('video of which the beginning never came: %s', (_, startSpareMs, beginS, wanted) => {
  const claims = { Gaps: [], Published: [{ Kind: 'video' as const, StartMs: at(beginS), EndMs: at(10) }] };
  const files = [file([0, beginS])];
  const sent = { setup, track: 'main' as const, deliveries: [delivery('main', 150)], claims, files, startSpareMs };
  expect(trackError(sent, at(11), at(0))).toBeCloseTo(wanted, -1);
});

test.each([
  [['a', 'no media (left)'], 0],
  [['no media (left)', 'no media (left)'], 1],
  [['no media (lost)'], 1],
])('a line that the log should have once: %j', (log, wrong) => {
  const benchCase = { name: 'x', about: 'x', anchors: [], seconds: 1, log: [/\(left\)$/] };
  expect(wrongLines({ benchCase, log })).toHaveLength(wrong);
});

test.each([
  ['while the path of its anchor is dead', 'anna', 4.5, true],
  ['right after', 'anna', 9, true],
  ['long after', 'anna', 12, false],
  ['before', 'anna', 3, false],
  ['of another anchor', 'bob', 4.5, false],
])('an event is not asked for %s', (_, userId, second, cut) => {
  const event = { userId, track: 'main' as const, second, wallMs: at(second) };
  expect(isCut(event, [{ userId: 'anna', fromMs: at(4), toMs: at(6) }])).toBe(cut);
});
