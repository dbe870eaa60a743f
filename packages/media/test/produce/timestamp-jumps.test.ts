import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Frame } from '@trtc-recorder/contracts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { byArrival, framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, flashes, percentile, picturesOf, soundOf } from '../helpers/judge.ts';
import { Recorder } from '../helpers/recorder.ts';

jest.setTimeout(240_000);

const SECONDS = 20;
/** Timestamps jump at 7.5 s, in the middle of a GOP. */
const JUMP_MS = 7_500;

let recorder: Recorder;
let h264: ClipFrame[];
let vp8: ClipFrame[];
let opus: ClipFrame[];
beforeAll(async () => {
  h264 = await videoClip({ seconds: SECONDS, width: 320, height: 240 });
  vp8 = await videoClip({ seconds: SECONDS, width: 320, height: 240, codec: 'vp8' });
  opus = await audioClip({ seconds: SECONDS });
});
beforeEach(async () => {
  recorder = await Recorder.create();
});
afterEach(() => recorder.remove());

const jumpBy = (frames: readonly Frame[], jumps: readonly (readonly [atMs: number, ms: number])[]): Frame[] =>
  frames.map((frame) => {
    const ticks = frame.kind === 'audio' ? 48 : 90;
    const sum = jumps.reduce((all, [atMs, ms]) => (frame.receivedAt >= T0 + 40 + atMs ? all + ms : all), 0);
    return { ...frame, rtpTimestamp: (frame.rtpTimestamp + sum * ticks) >>> 0 };
  });

test.each<[string, 'h264' | 'vp8', readonly number[], readonly number[]]>([
  ['H264 set back by 0.1 s', 'h264', [-100], []],
  ['H264 set back by 0.5 s', 'h264', [-500], []],
  ['H264 set back by 3 s', 'h264', [-3_000], []],
  ['VP8 set back by 0.5 s', 'vp8', [-500], []],
  ['VP8 set back by 3 s, and ahead by 0.5 s', 'vp8', [-3_000, 500], []],
  ['audio set back by 40 ms', 'h264', [], [-40]],
  ['audio set back by 0.2 s', 'h264', [], [-200]],
  ['audio set back by 5 s', 'h264', [], [-5_000]],
  ['H264 set back by 2 min and audio ahead by 5 s', 'h264', [-120_000], [5_000]],
  ['both set back four times', 'h264', [-100, -500, -3_000, -60], [-40, -200, -5_000, -60]],
])('%s: each frame is in the file, in step', async (_, codec, video, audio) => {
  const at = (jumps: readonly number[], offset: number) =>
    jumps.map((ms, index) => [JUMP_MS + offset + index * 2_300, ms] as const);
  const frames = byArrival(
    jumpBy(framesOf(opus, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 1 }), at(audio, 400)),
    jumpBy(framesOf(codec === 'h264' ? h264 : vp8, { userId: 'ann', codec, startMs: T0, ssrc: 2 }), at(video, 0)),
  );
  await recorder.capture(frames);
  const written = recorder.journal.flatMap((entry) => (entry.type === 'segment' ? [entry.frames] : []));
  expect(written.reduce((sum, count) => sum + count, 0)).toBe(frames.length);
  expect(recorder.journal.filter(({ type }) => type === 'gap')).toEqual([]);

  const { path, durationMs } = await recorder.produce();
  expect(await decodeErrors(path)).toBe('');
  const seen = flashes(await picturesOf(path));
  const heard = beeps(await soundOf(path));
  expect(seen).toHaveLength(SECONDS);
  expect(heard).toHaveLength(SECONDS);
  expect(percentile(distances(seen, heard), 1)).toBeLessThanOrEqual(80);
  expect(percentile(distances(seen, heard), 0.95)).toBeLessThanOrEqual(40);
  expect(Math.abs(durationMs - SECONDS * 1000)).toBeLessThanOrEqual(100);
});
