import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Mode } from '@trtc-recorder/contracts';
import { audioClip, type ClipFrame } from '../helpers/clips.ts';
import { framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, soundOf } from '../helpers/judge.ts';
import { Recorder } from '../helpers/recorder.ts';

jest.setTimeout(60_000);

let recorder: Recorder;
beforeEach(async () => {
  recorder = await Recorder.create();
});
afterEach(() => recorder.remove());

const stereo = { channels: 2 as const, application: 'audio' as const, kbps: 128 };
const then = (first: readonly ClipFrame[], second: readonly ClipFrame[]): ClipFrame[] => [
  ...first,
  ...second.map((frame) => ({ ...frame, atMs: frame.atMs + first.length * 20 })),
];

test.each<[Mode, number]>([
  ['00', 17_000],
  ['00', 19_000],
  ['02', 19_000],
  ['02', 12],
])('mode %s: beeps, then a loud tone of %i Hz that no encoder keeps: the file is delivered', async (mode, hz) => {
  const clip = then(
    await audioClip({ ...stereo, seconds: 4 }),
    await audioClip({ ...stereo, seconds: 6, hz, steady: true }),
  );
  await recorder.capture(framesOf(clip, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 1 }), mode);
  const { path: file, quality, durationMs } = await recorder.produce(mode);
  expect(quality.Findings).toBeUndefined();
  expect(quality.LostMs).toBe(0);
  expect(Math.abs(durationMs - 10_000)).toBeLessThan(50);
  expect(await decodeErrors(file)).toBe('');
  const heard = beeps(await soundOf(file)).filter((ms) => ms < 3_900);
  expect(heard).toHaveLength(4);
});
