import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Codec, Frame } from '@trtc-recorder/contracts';
import { videoClip, type ClipFrame, type VideoClip } from '../helpers/clips.ts';
import { framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { decodeErrors, picturesOf } from '../helpers/judge.ts';
import { Recorder } from '../helpers/recorder.ts';
import { run } from '../helpers/run.ts';

jest.setTimeout(120_000);

let recorder: Recorder;
beforeEach(async () => {
  recorder = await Recorder.create();
});
afterEach(() => recorder.remove());

interface Part {
  readonly clip: VideoClip;
  readonly atMs: number;
}

/** Each part is a sender of its own, as a browser that changes its codec is. */
const record = async (parts: readonly Part[]) => {
  const frames: Frame[] = [];
  let sent = 0;
  for (const [index, { clip, atMs }] of parts.entries()) {
    const codec: Codec = clip.codec ?? 'h264';
    const made: ClipFrame[] = await videoClip(clip);
    frames.push(...framesOf(made, { userId: 'ann', codec, startMs: T0 + atMs, ssrc: index + 1 }));
    sent += made.length;
  }
  await recorder.capture(frames, '01');
  const { path: file, quality } = await recorder.produce('01');
  expect(await decodeErrors(file)).toBe('');
  expect(quality.LostMs).toBe(0);
  expect(await picturesOf(file)).toHaveLength(sent);
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', file];
  return (await run('ffprobe', args)).stdout.toString().trim();
};

test.each([
  [2, 2, '2,2'],
  [1, 1, '2,2'],
  [3, 5, '2,4'],
  [17, 33, '16,32'],
  [35, 121, '34,120'],
  [641, 361, '640,360'],
])('VP8 of %i×%i', async (width, height, expected) => {
  expect(await record([{ clip: { seconds: 1, width, height, codec: 'vp8' }, atMs: 0 }])).toBe(expected);
});

test('H264 whose size is no multiple of a macroblock is copied', async () => {
  expect(await record([{ clip: { seconds: 1, width: 322, height: 242 }, atMs: 0 }])).toBe('322,242');
});

const strips: [NonNullable<VideoClip['codec']>, number, number][] = [
  ['vp8', 1920, 16],
  ['vp8', 1920, 4],
  ['vp8', 16, 1080],
  ['vp8', 2, 2],
  ['h264', 1920, 2],
  ['h264', 2, 1080],
  ['h264', 2, 2],
];
test.each(strips)('a strip of %s of %i×%i within a file of 320×240', async (codec, width, height) => {
  const main = { clip: { seconds: 3, width: 320, height: 240 }, atMs: 0 };
  const strip = { clip: { seconds: 1, width, height, codec }, atMs: 3000 };
  const size = await record([main, strip, { ...main, atMs: 4000 }]);
  expect(size).toBe('320,240');
});

test('a frame larger than 4K beside a small one', async () => {
  const large = { clip: { seconds: 3, width: 4112, height: 2176, fps: 2 }, atMs: 0 };
  const small = { clip: { seconds: 1, width: 320, height: 240, fps: 2 }, atMs: 3000 };
  expect(await record([large, small])).toBe('4112,2176');
});
