import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Mode } from '@trtc-recorder/contracts';
import path from 'node:path';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile } from '../../src/produce/produce-file.ts';
import { verifyFile } from '../../src/probe/verify-file.ts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, flashes, percentile, picturesOf, soundOf } from '../helpers/judge.ts';
import { run } from '../helpers/run.ts';
import { SpoolFixture } from '../helpers/spool-fixture.ts';

/** The aim for A/V skew (p95); pictures of 15 fps can be 33 ms off a second by themselves, these are not. */
const SKEW_MS = 40;

jest.setTimeout(120_000);

let spool: SpoolFixture;
beforeEach(async () => {
  spool = await SpoolFixture.create();
  spool.take(T0 - 1000);
});
afterEach(() => spool.remove());

const produce = async (mode: Mode = '02') => {
  const plans = planFiles(spool.journal, { mode });
  expect(plans).toHaveLength(1);
  const plan = plans[0]!;
  const file = await produceFile(plan, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
  expect(await decodeErrors(file.path)).toBe('');
  const findings = await verifyFile(file.path, plan);
  return { file, findings, plan, pictures: await picturesOf(file.path) };
};

const sendSound = async (seconds: number, startMs = T0) =>
  spool.send({ userId: 'ann', codec: 'opus', frames: await audioClip({ seconds }), startMs, jitterMs: 10 });
const sendPicture = (frames: readonly ClipFrame[], startMs = T0, codec: 'h264' | 'vp8' = 'h264') =>
  spool.send({ userId: 'ann', codec, frames, startMs, jitterMs: 10, seed: 9 });

const seconds = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, second) => from + second * 1000);

/** A clip that begins later. */
const later = (frames: readonly ClipFrame[], byMs: number): ClipFrame[] =>
  frames.map((frame) => ({ ...frame, atMs: frame.atMs + byMs }));

describe('beginnings', () => {
  test('a picture that begins 3 s after the sound is preceded by black', async () => {
    await sendSound(12);
    await sendPicture(await videoClip({ seconds: 8, width: 320, height: 240 }), T0 + 3010);
    const { file, pictures } = await produce();
    const heard = beeps(await soundOf(file.path));
    expect(heard).toHaveLength(12);
    // At the end the last picture is held for a second; the black before the first is not counted.
    expect(file.quality.HeldMs).toBeLessThan(1200);
    expect(pictures[0]!.atMs).toBe(0);
    expect(pictures[0]!.brightness).toBeLessThan(5);
    expect(Math.abs(pictures[1]!.atMs - 3010)).toBeLessThan(20);
    expect(percentile(distances(seconds(8, 3010), flashes(pictures)), 0.95)).toBeLessThan(SKEW_MS);
  });

  test('sound that begins 2.5 s after the picture is preceded by silence', async () => {
    await sendPicture(await videoClip({ seconds: 10, width: 320, height: 240 }));
    await sendSound(6, T0 + 2500);
    const { file, pictures } = await produce();
    expect(percentile(distances(seconds(10), flashes(pictures)), 0.95)).toBeLessThan(SKEW_MS);
    const heard = beeps(await soundOf(file.path));
    expect(heard).toHaveLength(6);
    expect(percentile(distances(seconds(6, 2500), heard), 0.95)).toBeLessThan(SKEW_MS);
  });

  test('a single picture is shown for as long as there is sound', async () => {
    await sendSound(5);
    await sendPicture((await videoClip({ seconds: 1, width: 320, height: 240 })).slice(0, 1), T0);
    const { findings } = await produce();
    expect(findings.durationMs).toBeGreaterThan(4950);
  });
});

describe('sizes', () => {
  test('180p → 360p → 720p gives one size; what had it is copied, the rest is fitted', async () => {
    await sendSound(14);
    const small = await videoClip({ seconds: 2, width: 320, height: 180 });
    const middle = await videoClip({ seconds: 2, width: 640, height: 360 });
    const large = await videoClip({ seconds: 10, width: 1280, height: 720 });
    await sendPicture([...small, ...later(middle, 2000), ...later(large, 4000)]);
    const { file, findings, pictures } = await produce();
    expect([findings.width, findings.height]).toEqual([1280, 720]);
    expect(pictures).toHaveLength(small.length + middle.length + large.length);
    expect(percentile(distances(seconds(14), flashes(pictures)), 0.95)).toBeLessThan(SKEW_MS);
    expect(file.quality.ReencodedMs).toBeGreaterThan(3900);
    expect(file.quality.ReencodedMs).toBeLessThan(4200);
    expect(await copiedShare(file.path, large)).toBe(1);
  });

  test('a dip to another shape in the middle is letterboxed', async () => {
    const large = await videoClip({ seconds: 6, width: 640, height: 360 });
    const tall = await videoClip({ seconds: 2, width: 240, height: 320 });
    await sendPicture([...large, ...later(tall, 6000), ...later(large, 8000)]);
    const { file, findings, pictures } = await produce('01');
    expect([findings.width, findings.height]).toEqual([640, 360]);
    expect(percentile(distances(seconds(14), flashesOf(pictures)), 0.95)).toBeLessThan(SKEW_MS);
    expect(await copiedShare(file.path, large)).toBe(1);
  });

  test('a size that changes more often than there are ids for encoders, after sound alone', async () => {
    const small = await videoClip({ seconds: 0.4, width: 32, height: 32 });
    const large = await videoClip({ seconds: 0.8, width: 64, height: 64 });
    await sendSound(50);
    const changes = Array.from({ length: 40 }, (_, index) => index * 1200);
    await sendPicture(
      changes.flatMap((ms) => [...later(small, ms), ...later(large, ms + 400)]),
      T0 + 2000,
    );
    const { findings, pictures } = await produce();
    expect([findings.width, findings.height]).toEqual([64, 64]);
    expect(pictures).toHaveLength(1 + changes.length * (small.length + large.length));
  });

  test('VP8 becomes H264', async () => {
    await sendSound(8);
    await sendPicture(await videoClip({ seconds: 8, width: 320, height: 240, codec: 'vp8' }), T0, 'vp8');
    const { file, pictures, findings } = await produce();
    expect(findings.streams.map(({ codec }) => codec)).toEqual(['h264', 'aac']);
    expect(percentile(distances(seconds(8), flashes(pictures)), 0.95)).toBeLessThan(SKEW_MS);
    expect(Math.abs(file.quality.ReencodedMs - 8000)).toBeLessThan(100);
  });

  test('H264, then VP8, then H264 again', async () => {
    const frames = await videoClip({ seconds: 6, width: 320, height: 240 });
    const other = await videoClip({ seconds: 3, width: 320, height: 240, codec: 'vp8' });
    await sendPicture(frames);
    await sendPicture(other, T0 + 6000, 'vp8');
    await sendPicture(frames, T0 + 9000);
    const { file, pictures } = await produce('01');
    expect(pictures).toHaveLength(2 * frames.length + other.length);
    expect(percentile(distances(seconds(15), flashes(pictures)), 0.95)).toBeLessThan(SKEW_MS);
    expect(await copiedShare(file.path, frames)).toBe(1);
  });

  test('a sender that restarts with other parameter sets under the same ids is copied and decodes', async () => {
    const before = await videoClip({ seconds: 5, width: 320, height: 240 });
    const after = await videoClip({ seconds: 5, width: 320, height: 240, profile: 'high' });
    await sendPicture(before);
    await sendPicture(after, T0 + 5000);
    const { file, pictures } = await produce('01');
    expect(percentile(distances(seconds(10), flashes(pictures)), 0.95)).toBeLessThan(SKEW_MS);
    expect(await copiedShare(file.path, before)).toBe(1);
    expect(await copiedShare(file.path, after)).toBe(1);
  });
});

describe('holes', () => {
  test('a camera that was off for 6 s leaves its last picture, and sound goes on', async () => {
    await sendSound(20);
    const frames = await videoClip({ seconds: 7, width: 320, height: 240 });
    await sendPicture(frames);
    await sendPicture(frames, T0 + 13_000);
    const { file, pictures } = await produce();
    expect(percentile(distances([...seconds(7), ...seconds(7, 13_000)], flashes(pictures)), 0.95)).toBeLessThan(
      SKEW_MS,
    );
    expect(file.quality.HeldMs).toBeGreaterThan(5900);
    expect(beeps(await soundOf(file.path))).toHaveLength(20);
  });

  test('a camera that was off for 8 hours, longer than fine ticks can count', async () => {
    const frames = await videoClip({ seconds: 2, width: 320, height: 240 });
    spool.event({ type: 'anchor-enter', at: T0, userId: 'ann' });
    await sendPicture(frames);
    await sendPicture(frames, T0 + 8 * 3_600_000);
    const { file, pictures } = await produce('01');
    expect(flashes(pictures).map((ms) => Math.round(ms / 1000))).toEqual([0, 1, 28_800, 28_801]);
    expect(file.durationMs).toBeGreaterThan(8 * 3_600_000);
  });

  test('a short run that ends where the long one has a key frame', async () => {
    const frames = await videoClip({ seconds: 9, width: 320, height: 240 });
    await sendPicture(frames);
    await sendPicture(await videoClip({ seconds: 1, width: 320, height: 240 }), T0 + 2990);
    const { file, pictures } = await produce('01');
    expect(pictures.length).toBeGreaterThanOrEqual(frames.length - 1);
    expect(file.quality.LostMs).toBe(0);
  });

  test.each([
    ['with key frames', 30, 2000],
    ['without', 900, 5000],
  ])('a short run within a long one %s takes no more than its own time', async (_, gop, encodedMs) => {
    const frames = await videoClip({ seconds: 9, width: 320, height: 240, gop });
    await sendPicture(frames);
    await sendPicture(await videoClip({ seconds: 1, width: 320, height: 240 }), T0 + 3000);
    const { file, pictures } = await produce('01');
    expect(pictures).toHaveLength(frames.length);
    expect(flashes(pictures).map((ms) => Math.round(ms / 1000))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(file.quality.LostMs).toBe(0);
    // What hangs on pictures that are not in the file, up to the next key frame.
    expect(Math.abs(file.quality.ReencodedMs - encodedMs)).toBeLessThan(100);
    expect(await copiedShare(file.path, frames.slice(0, 45))).toBe(1);
  });

  test('a lost picture holds the one before until the next key frame', async () => {
    const frames = await videoClip({ seconds: 12, width: 320, height: 240 });
    const lost = (_: ClipFrame, index: number) => index === 40;
    await spool.send({ userId: 'ann', codec: 'h264', frames, startMs: T0, lost });
    const { file, pictures } = await produce('01');
    // A key frame every 30: 40 to 59 are not shown.
    expect(pictures).toHaveLength(160);
    expect(file.quality.LostMs).toBeGreaterThan(1300);
    expect(file.quality.LostMs).toBeLessThan(1500);
  });
});

describe('damage', () => {
  /** The second half of a picture's bytes, turned over. */
  const spoilt = (frame: ClipFrame): ClipFrame => ({
    ...frame,
    data: frame.data.map((byte, index) => (index < frame.data.length / 2 ? byte : byte ^ 0x5a || 1)),
  });

  /** Nothing is left of its slice but the name. */
  const ruined = (frame: ClipFrame): ClipFrame => {
    const data = Buffer.from(frame.data);
    return { ...frame, data: data.fill(0xff, data.lastIndexOf(Buffer.from([0, 0, 1])) + 4) };
  };

  test('a damaged picture holds the one before until the next key frame', async () => {
    const frames = await videoClip({ seconds: 8, width: 320, height: 240 });
    await sendPicture(frames.map((frame, index) => (index === 70 ? spoilt(frame) : frame)));
    const { file, pictures } = await produce('01');
    // A key frame every 30: 70 to 89 are not shown.
    expect(pictures).toHaveLength(100);
    expect(Math.abs(file.quality.LostMs - 1333)).toBeLessThan(70);
  });

  test('a damaged picture with no key frame for 10 s after it costs itself, and what hangs on it is encoded anew', async () => {
    const frames = await videoClip({ seconds: 15, width: 320, height: 240, gop: 195 });
    await sendSound(15);
    await sendPicture(frames.map((frame, index) => (index === 40 ? ruined(frame) : frame)));
    const { file, pictures } = await produce();
    expect(pictures.length).toBeGreaterThanOrEqual(frames.length - 1);
    expect(percentile(distances(seconds(15), flashes(pictures)), 0.95)).toBeLessThan(SKEW_MS);
    expect(file.quality.LostMs).toBeGreaterThan(50);
    expect(file.quality.LostMs).toBeLessThan(250);
    // From picture 40 up to the key frame.
    expect(Math.abs(file.quality.ReencodedMs - 10_333)).toBeLessThan(100);
    expect(await copiedShare(file.path, [...frames.slice(0, 40), ...frames.slice(195)])).toBe(1);
  });

  test('two that are far from their next key frames, and one that is near', async () => {
    const frames = await videoClip({ seconds: 24, width: 320, height: 240, gop: 165 });
    const broken = [5, 170, 340];
    await sendPicture(frames.map((frame, index) => (broken.includes(index) ? ruined(frame) : frame)));
    const { file, pictures } = await produce('01');
    expect(pictures.length).toBeGreaterThanOrEqual(337);
    expect(flashes(pictures).map((ms) => Math.round(ms / 1000))).toEqual(
      expect.arrayContaining([0, 1, 2, 9, 10, 20, 21]),
    );
    expect(file.quality.LostMs).toBeLessThan(2000);
    expect(Math.abs(file.quality.ReencodedMs - 21_333)).toBeLessThan(200);
    expect(await copiedShare(file.path, [...frames.slice(0, 5), ...frames.slice(330, 340)])).toBe(1);
  });

  test('a damaged key frame costs what hangs on it', async () => {
    const frames = await videoClip({ seconds: 8, width: 320, height: 240 });
    await sendPicture(frames.map((frame, index) => (index === 60 ? spoilt(frame) : frame)));
    const { file, pictures } = await produce('01');
    expect(pictures).toHaveLength(90);
    expect(Math.abs(file.quality.LostMs - 2000)).toBeLessThan(70);
  });

  test('where most pictures are broken, the others are shown, and all of the sound is heard', async () => {
    const frames = await videoClip({ seconds: 8, width: 320, height: 240 });
    await sendSound(8);
    await sendPicture(frames.map((frame, index) => ([0, 29].includes(index % 30) ? frame : ruined(frame))));
    const { file, pictures } = await produce();
    expect(pictures).toHaveLength(4);
    expect(beeps(await soundOf(file.path))).toHaveLength(8);
    expect(file.quality.LostMs).toBeGreaterThan(7500);
  });

  test('where nothing more can be decoded, the last picture stays', async () => {
    const frames = await videoClip({ seconds: 15, width: 320, height: 240, gop: 900 });
    await sendSound(15);
    await sendPicture(frames.map((frame, index) => (index < 40 ? frame : ruined(frame))));
    const { file, pictures } = await produce();
    expect(pictures).toHaveLength(40);
    expect(Math.abs(file.quality.LostMs - 12_333)).toBeLessThan(100);
  });

  test.each([
    ['4 s', 30, 4],
    ['more than are left out', 900, 12],
  ])('where all pictures are broken, %s, all of the sound is heard', async (_, gop, length) => {
    const frames = await videoClip({ seconds: length, width: 320, height: 240, gop });
    await sendSound(length);
    await sendPicture(frames.map(ruined));
    const [plan] = planFiles(spool.journal, { mode: '02' });
    const file = await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
    expect(beeps(await soundOf(file.path))).toHaveLength(length);
    expect((await verifyFile(file.path, { ...plan!, video: [] })).streams.map(({ codec }) => codec)).toEqual(['aac']);
    expect(file.quality).toMatchObject({ HeldMs: 0, ReencodedMs: 0 });
    expect(Math.abs(file.quality.LostMs - file.durationMs)).toBeLessThan(5);
  });

  test('a run to be encoded of which nothing can be decoded costs itself', async () => {
    const frames = await videoClip({ seconds: 4, width: 320, height: 240 });
    const other = await videoClip({ seconds: 3, width: 320, height: 240, codec: 'vp8' });
    await sendPicture(frames);
    await sendPicture(other.map(ruined), T0 + 4000, 'vp8');
    await sendPicture(frames, T0 + 7000);
    const { file, pictures } = await produce('01');
    expect(pictures).toHaveLength(2 * frames.length);
    expect(Math.abs(file.quality.LostMs - 3000)).toBeLessThan(100);
  });

  test('a message that is shorter than it says is left out, the picture is not', async () => {
    const frames = await videoClip({ seconds: 4, width: 320, height: 240, gop: 15 });
    const message = Buffer.from([0, 0, 0, 1, 6, 243, 40, 1, 2, 3, 4, 0x80]);
    await sendPicture(
      frames.map((frame) => (frame.key ? { ...frame, data: Buffer.concat([message, frame.data]) } : frame)),
    );
    const { file, pictures } = await produce('01');
    expect(pictures).toHaveLength(frames.length);
    expect(file.quality.LostMs).toBe(0);
  });
});

/** Share of a clip's slices that are in the file bit for bit. */
const copiedShare = async (file: string, frames: readonly ClipFrame[]): Promise<number> => {
  const { stdout } = await run('ffmpeg', [
    ...['-v', 'error', '-i', file, '-map', '0:v', '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-f', 'h264', '-'],
  ]);
  const whole = stdout.toString('latin1');
  const slices = frames.map(({ data }) => Buffer.from(data).toString('latin1').split('\0\0\x01').at(-1)!);
  return slices.filter((slice) => whole.includes(slice)).length / slices.length;
};

/** Flashes whose white covers only part of the picture, because of its black borders. */
const flashesOf = (pictures: Parameters<typeof flashes>[0]) =>
  flashes(pictures.map((picture) => ({ ...picture, brightness: picture.brightness * 2 })));
