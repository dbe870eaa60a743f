import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { audioClip } from '../helpers/clips.ts';
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

/** Packets that no decoder takes: empty, of no frames, of too many, cut off. */
const JUNK = [[], [0xff, 0], [0xfb, 0x3f, 1, 2], [0x7a, 0xff]].map((bytes) => Uint8Array.from(bytes));

test('junk among Opus packets costs its own time, and no more', async () => {
  const clip = await audioClip({ seconds: 10 });
  const junk = clip.map((frame, index) =>
    index % 12 === 11 ? { ...frame, data: JUNK[Math.floor(index / 12) % JUNK.length]! } : frame,
  );
  await recorder.capture(framesOf(junk, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 1 }), '00');
  const { path, quality, durationMs } = await recorder.produce('00');
  const lostMs = junk.filter((frame, index) => frame !== clip[index]).length * 20;
  expect(quality.LostMs).toBe(lostMs);
  expect(Math.abs(durationMs - 10_000)).toBeLessThan(30);
  expect(await decodeErrors(path)).toBe('');
  expect(beeps(await soundOf(path))).toHaveLength(10);
});

test('junk that would play for 1.26 s does not make a file longer than what came', async () => {
  const clip = await audioClip({ seconds: 2 });
  const junk = clip.map((frame, index) => (index === clip.length - 1 ? { ...frame, data: JUNK[2]! } : frame));
  await recorder.capture(framesOf(junk, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 1 }), '00');
  const { durationMs } = await recorder.produce('00');
  expect(Math.abs(durationMs - 2000)).toBeLessThan(40);
});
