import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { videoClip } from '../helpers/clips.ts';
import { framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { decodeErrors, flashes, picturesOf } from '../helpers/judge.ts';
import { recount } from '../helpers/nal.ts';
import { Recorder } from '../helpers/recorder.ts';

jest.setTimeout(60_000);

let recorder: Recorder;
beforeEach(async () => {
  recorder = await Recorder.create();
});
afterEach(() => recorder.remove());

const COUNTS: [string, (sinceKey: number) => number][] = [
  ['by two', (sinceKey) => sinceKey * 2],
  ['with a number left out now and then', (sinceKey) => sinceKey + Math.floor(sinceKey / 5)],
  ['every second frame', (sinceKey) => (sinceKey + 1) >> 1],
];

test.each(COUNTS)('an encoder that counts %s loses nothing, and the file decodes', async (_, count) => {
  const clip = recount(await videoClip({ seconds: 8, width: 320, height: 240 }), count);
  await recorder.capture(framesOf(clip, { userId: 'ann', codec: 'h264', startMs: T0, ssrc: 1, jitterMs: 20 }), '01');
  const { path: file, quality } = await recorder.produce('01');
  expect(quality.LostMs).toBe(0);
  expect(await decodeErrors(file)).toBe('');
  const pictures = await picturesOf(file);
  expect(pictures).toHaveLength(clip.length);
  expect(flashes(pictures).map((ms) => Math.round(ms / 1000))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test.each(COUNTS)('a frame that is lost of an encoder that counts %s takes what hangs on it', async (_, count) => {
  const clip = recount(await videoClip({ seconds: 8, width: 320, height: 240 }), count);
  const lossy = clip.filter((frame, index) => index !== 70);
  await recorder.capture(framesOf(lossy, { userId: 'ann', codec: 'h264', startMs: T0, ssrc: 1 }), '01');
  const { path: file, quality } = await recorder.produce('01');
  expect(await decodeErrors(file)).toBe('');
  // A key frame every 30: 70 to 89 are not shown.
  expect(await picturesOf(file)).toHaveLength(100);
  expect(Math.abs(quality.LostMs - 1333)).toBeLessThan(70);
});
