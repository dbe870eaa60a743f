import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Frame } from '@trtc-recorder/contracts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, flashes, percentile, picturesOf, soundOf } from '../helpers/judge.ts';
import { Recorder } from '../helpers/recorder.ts';

jest.setTimeout(60_000);

let clip: ClipFrame[];
let sound: ClipFrame[];
beforeAll(async () => {
  clip = await videoClip({ seconds: 8, width: 320, height: 240, bFrames: 2 });
  sound = await audioClip({ seconds: 8 });
});
let recorder: Recorder;
beforeEach(async () => {
  recorder = await Recorder.create();
});
afterEach(() => recorder.remove());

const FRAME_MS = 1000 / 15;
/** They come in decoding order, as they are encoded: a B-frame waits for the frame behind it. */
const sent = (): Frame[] =>
  framesOf(clip, { userId: 'ann', codec: 'h264', startMs: T0, ssrc: 1 }).map((frame, index) => ({
    ...frame,
    receivedAt: T0 + (index + 2) * FRAME_MS + 40,
  }));
const seconds = [0, 1, 2, 3, 4, 5, 6, 7];

test('the clip has B-frames', () => {
  expect(clip.some(({ atMs }, index) => atMs < (clip[index - 1]?.atMs ?? 0))).toBe(true);
});

test('a stream with B-frames keeps every frame, each at its time', async () => {
  const audio = framesOf(sound, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 2 });
  await recorder.capture([...sent(), ...audio], '02', 2000);
  const { path: file, quality, durationMs } = await recorder.produce();
  expect(await decodeErrors(file)).toBe('');
  const pictures = await picturesOf(file);
  expect(pictures).toHaveLength(clip.length);
  expect(quality.LostMs).toBe(0);
  expect(Math.abs(durationMs - 8000)).toBeLessThan(150);
  const seen = flashes(pictures);
  expect(seen.map((ms) => Math.round(ms / 1000))).toEqual(seconds);
  expect(percentile(distances(seen, beeps(await soundOf(file))), 1)).toBeLessThan(80);
});

test('a frame that is retransmitted, and comes behind those that hang on it, costs nothing', async () => {
  const frames = sent();
  const index = clip.findIndex(({ key, atMs }, at) => at > 40 && !key && atMs > (clip[at + 1]?.atMs ?? Infinity));
  const late = frames.map((frame, at) => (at === index ? { ...frame, receivedAt: frame.receivedAt + 250 } : frame));
  await recorder.capture(late, '01');
  const { path: file, quality } = await recorder.produce('01');
  expect(await decodeErrors(file)).toBe('');
  expect(await picturesOf(file)).toHaveLength(clip.length);
  expect(quality.LostMs).toBe(0);
});

test('a frame that others hang on is lost: what hangs on it is left out, and told', async () => {
  const index = clip.findIndex(({ key, atMs }, at) => at > 40 && !key && atMs > (clip[at + 1]?.atMs ?? Infinity));
  await recorder.capture(
    sent().filter((_, at) => at !== index),
    '01',
  );
  const { path: file, quality } = await recorder.produce('01');
  expect(await decodeErrors(file)).toBe('');
  const left = await picturesOf(file);
  const key = clip.findIndex((frame, at) => at > index && frame.key);
  expect(left).toHaveLength(clip.length - (key - index));
  expect(quality.LostMs).toBeGreaterThan((key - index - 4) * FRAME_MS);
  expect(quality.LostMs).toBeLessThan((key - index + 2) * FRAME_MS);
});
