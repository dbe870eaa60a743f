import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, flashes, percentile, picturesOf, soundOf } from '../helpers/judge.ts';
import { Recorder } from '../helpers/recorder.ts';

jest.setTimeout(120_000);

let recorder: Recorder;
beforeEach(async () => {
  recorder = await Recorder.create();
});
afterEach(() => recorder.remove());

const size = { width: 160, height: 120, fps: 5 };
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => (from + index) * 1000);
const look = async () => {
  const { path: file, quality } = await recorder.produce();
  expect(await decodeErrors(file)).toBe('');
  expect(quality.LostMs).toBe(0);
  return { seen: flashes(await picturesOf(file)), heard: beeps(await soundOf(file)) };
};

test('audio that begins 40 s after the video', async () => {
  const video = framesOf(await videoClip({ seconds: 46, ...size }), {
    userId: 'ann',
    codec: 'h264',
    startMs: T0,
    ssrc: 1,
  });
  const audio = framesOf(await audioClip({ seconds: 6 }), {
    userId: 'ann',
    codec: 'opus',
    startMs: T0 + 40_000,
    ssrc: 2,
  });
  await recorder.capture([...video, ...audio]);
  const { seen, heard } = await look();
  expect(percentile(distances(range(0, 46), seen), 1)).toBeLessThan(40);
  expect(heard).toHaveLength(6);
  expect(percentile(distances(range(40, 46), heard), 1)).toBeLessThan(40);
});

test('video that begins 40 s after the audio', async () => {
  const audio = framesOf(await audioClip({ seconds: 46 }), { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 2 });
  const video = framesOf(await videoClip({ seconds: 6, ...size }), {
    userId: 'ann',
    codec: 'h264',
    startMs: T0 + 40_000,
    ssrc: 1,
  });
  await recorder.capture([...video, ...audio]);
  const { seen, heard } = await look();
  expect(percentile(distances(range(0, 46), heard), 1)).toBeLessThan(40);
  expect(seen).toHaveLength(6);
  expect(percentile(distances(range(40, 46), seen), 1)).toBeLessThan(40);
});

test('the same user twice at once for 3 s: each moment is in the file once', async () => {
  const video = await videoClip({ seconds: 20, width: 160, height: 120 });
  const audio = await audioClip({ seconds: 20 });
  const between = (clip: readonly ClipFrame[], from: number, to: number) =>
    clip.filter(({ atMs }) => atMs >= from && atMs < to);
  const sender = (codec: 'h264' | 'opus', ssrc: number, clip: readonly ClipFrame[]) =>
    framesOf(clip, { userId: 'ann', codec, startMs: T0, ssrc });
  await recorder.capture([
    ...sender('h264', 1, between(video, 0, 13_000)),
    ...sender('opus', 2, between(audio, 0, 13_000)),
    ...sender('h264', 3, between(video, 10_000, 20_000)),
    ...sender('opus', 4, between(audio, 10_000, 20_000)),
  ]);
  const { seen, heard } = await look();
  expect(seen).toHaveLength(20);
  expect(heard).toHaveLength(20);
  expect(percentile(distances(range(0, 20), seen), 1)).toBeLessThan(40);
  expect(percentile(distances(range(0, 20), heard), 1)).toBeLessThan(40);
});

test('timestamps and numbers that wrap, with packets swapped across it', async () => {
  // The clips' timestamps wrap within the first 100 ms, and the numbers after 16 packets.
  const video = framesOf(await videoClip({ seconds: 5, width: 160, height: 120 }), {
    userId: 'ann',
    codec: 'h264',
    startMs: T0,
    ssrc: 1,
  });
  const audio = framesOf(await audioClip({ seconds: 5 }), { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 2 });
  const swapped = audio.map((frame) =>
    frame.sequenceNumber === 0xffff ? { ...frame, receivedAt: frame.receivedAt + 45 } : frame,
  );
  await recorder.capture([...video, ...swapped]);
  const { seen, heard } = await look();
  expect(percentile(distances(range(0, 5), seen), 1)).toBeLessThan(40);
  expect(percentile(distances(range(0, 5), heard), 1)).toBeLessThan(40);
});
