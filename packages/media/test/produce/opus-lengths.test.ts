import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { audioClip, type AudioClip, type ClipFrame } from '../helpers/clips.ts';
import { framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, percentile, soundOf } from '../helpers/judge.ts';
import { Recorder } from '../helpers/recorder.ts';
import { run } from '../helpers/run.ts';

jest.setTimeout(60_000);

let recorder: Recorder;
beforeEach(async () => {
  recorder = await Recorder.create();
});
afterEach(() => recorder.remove());

const clipOf = (seconds: number, frameMs: number): Promise<ClipFrame[]> => {
  const clip: AudioClip = { seconds, frameMs };
  return audioClip(frameMs < 10 ? { ...clip, application: 'lowdelay', kbps: 64 } : clip);
};
/** One frame of an MP3 at 48 kHz. */
const MP3_FRAME_MS = 24;
const decodedMs = async (file: string): Promise<number> => {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', file, '-f', 's16le', '-ac', '1', '-ar', '48000', '-']);
  return stdout.length / 96;
};

test.each([2.5, 5, 10, 20, 40, 60, 80, 100, 120])(
  'Opus packets of %d ms, as MP3 of the length it states',
  async (ms) => {
    const clip = await clipOf(6, ms);
    await recorder.capture(framesOf(clip, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 1 }), '00');
    const { path: file, durationMs, quality } = await recorder.produce('00');
    expect(quality).toMatchObject({ LostMs: 0, SilenceMs: 0 });
    expect(await decodeErrors(file)).toBe('');
    expect(Math.abs(durationMs - clip.length * ms)).toBeLessThan(MP3_FRAME_MS);
    expect(Math.abs(durationMs - (await decodedMs(file)))).toBeLessThan(MP3_FRAME_MS);
    const heard = beeps(await soundOf(file));
    expect(percentile(distances([0, 1000, 2000, 3000, 4000, 5000], heard), 1)).toBeLessThan(10);
  },
);

test('a length of packets that changes in mid-call', async () => {
  const frames: ClipFrame[] = [];
  let atMs = 0;
  for (const [ms, seconds] of [
    [20, 2],
    [60, 3],
    [120, 3],
    [2.5, 1],
    [40, 2],
  ] as const) {
    const clip = (await clipOf(seconds, ms)).slice(0, Math.floor((seconds * 1000) / ms));
    frames.push(...clip.map((frame, index) => ({ ...frame, atMs: atMs + index * ms })));
    atMs += seconds * 1000;
  }
  await recorder.capture(framesOf(frames, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 1 }), '00');
  const { path: file, quality } = await recorder.produce('00');
  expect(quality).toMatchObject({ LostMs: 0, SilenceMs: 0 });
  const heard = beeps(await soundOf(file));
  const expected = Array.from({ length: 11 }, (_, second) => second * 1000);
  expect(percentile(distances(expected, heard), 1)).toBeLessThan(30);
});
