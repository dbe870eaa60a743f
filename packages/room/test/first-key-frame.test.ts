import { beforeEach, expect, test } from '@jest/globals';
import { FirstKeyFrame } from '../page/first-key-frame.ts';
import type { Tap } from '../page/tap-registry.ts';

const START = 1_000_000;
const section = { ssrcs: new Set([1, 2]), sender: undefined };
const tapOf = (kind: 'audio' | 'video') => ({ tap: 4, kind }) as Tap;

let now: number;
let packets: number;
let played: number;
let asked: number[];
let stuck: number[];
let first: FirstKeyFrame;
beforeEach(() => {
  now = START;
  packets = played = 0;
  asked = [];
  stuck = [];
  first = new FirstKeyFrame({
    reception: () => Promise.resolve({ packets, played }),
    requestKeyFrame: () => asked.push(now - START),
    stuck: (_tap, since) => stuck.push(since - START),
    now: () => now,
  });
});

/** Lets time pass, ms, in looks of 250 ms. */
async function pass(ms: number): Promise<void> {
  for (const end = now + ms; now < end; now += 250) await first.look();
}

test('a video of which packets come for 0.5 s without a frame is asked for a key frame, again and again', async () => {
  first.bound(tapOf('video'), section);
  await pass(1000);
  expect([asked, stuck]).toEqual([[], []]);
  packets = 1;
  await pass(10_000);
  expect(asked).toEqual([1500, 2500, 4500, 8500]);
  expect(new Set(stuck)).toEqual(new Set([1000]));
  first.done(tapOf('video'));
});

test.each([
  ['whose first frame came', () => first.done(tap)],
  ['whose frames reach the decoder', () => void (played = 5)],
  ['whose section sends nothing now', () => first.bound(tap, { ssrcs: new Set(), sender: undefined })],
])('a video %s is left alone', async (_what, happens) => {
  first.bound(tap, section);
  packets = 10;
  await pass(250);
  happens();
  await pass(5000);
  expect([asked, stuck]).toEqual([[], []]);
});
const tap = tapOf('video');

test('audio needs no key frame', async () => {
  first.bound(tapOf('audio'), section);
  packets = 10;
  await pass(5000);
  expect(asked).toEqual([]);
});
