import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import path from 'node:path';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile } from '../../src/produce/produce-file.ts';
import { audioClip, videoClip, type ClipFrame, type VideoClip } from '../helpers/clips.ts';
import { T0 } from '../helpers/journal.ts';
import { decodeErrors } from '../helpers/judge.ts';
import { run } from '../helpers/run.ts';
import { SpoolFixture } from '../helpers/spool-fixture.ts';

jest.setTimeout(120_000);

let spool: SpoolFixture;
beforeEach(async () => {
  spool = await SpoolFixture.create();
  spool.take(T0 - 1000);
});
afterEach(() => spool.remove());

const send = (frames: readonly ClipFrame[], second: number, codec: 'h264' | 'vp8' = 'h264') =>
  spool.send({ userId: 'ann', codec, frames, startMs: T0 + second * 1000 });

const produce = async () => {
  const [plan] = planFiles(spool.journal, { mode: '01' });
  const file = await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
  expect(await decodeErrors(file.path)).toBe('');
  return file;
};

/** The pixels of the frame at a time, as a player shows them: red, green, blue. */
const pixelsAt = async (file: string, second: number): Promise<{ at: (x: number, y: number) => number[] }> => {
  const size = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=width', '-of', 'csv=p=0', file];
  const width = Number((await run('ffprobe', size)).stdout.toString());
  const { stdout } = await run('ffmpeg', [
    ...['-v', 'error', '-ss', String(second), '-i', file, '-frames:v', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'],
  ]);
  return { at: (x, y) => [...stdout.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)] };
};

const LARGE = { width: 480, height: 360 };
const SMALL = { width: 320, height: 180 };
type Look = Pick<VideoClip, 'fullRange' | 'matrix'>;

describe('a piece that is encoded looks as it was sent, and so do its borders', () => {
  test.each<[string, Look, Look]>([
    ['full range into full', { fullRange: true }, { fullRange: true }],
    ['limited into full', { fullRange: true }, {}],
    ['full into limited', {}, { fullRange: true }],
    ['limited into full of BT.709', { fullRange: true, matrix: 'bt709' }, { matrix: 'bt709' }],
    ['full of BT.709 into limited', { matrix: 'bt709' }, { fullRange: true, matrix: 'bt709' }],
    ['BT.601 into BT.709', { matrix: 'bt709' }, { matrix: 'smpte170m' }],
    ['BT.709 into BT.601 of full range', { fullRange: true, matrix: 'smpte170m' }, { matrix: 'bt709' }],
  ])('%s', async (_, look, other) => {
    await send(await videoClip({ seconds: 4, ...LARGE, ...look, profile: 'high' }), 0);
    await send(await videoClip({ seconds: 2, ...SMALL, ...other, profile: 'high' }), 4);
    const { path: file, quality } = await produce();
    expect(Math.abs(quality.ReencodedMs - 2000)).toBeLessThan(100);
    for (const second of [1, 5]) {
      const white = (await pixelsAt(file, second)).at(LARGE.width / 2, LARGE.height / 2);
      for (const value of white) expect(value).toBeGreaterThanOrEqual(253);
    }
    for (const value of (await pixelsAt(file, 5)).at(LARGE.width / 2, 10)) expect(value).toBeLessThanOrEqual(2);
  });
});

test('a colour of one matrix is the same colour in a file of another', async () => {
  const red = (seconds: number, size: { width: number; height: number }, matrix: string) =>
    videoClip({ seconds, ...size, matrix, profile: 'high' });
  // testsrc is BT.601 by its numbers: the same bytes mean different colours by what the sets say.
  await send(await red(4, LARGE, 'bt709'), 0);
  await send(await red(2, { width: 240, height: 180 }, 'smpte170m'), 4);
  const alone = await SpoolFixture.create();
  try {
    alone.take(T0);
    await alone.send({
      userId: 'ann',
      codec: 'h264',
      frames: await red(2, { width: 240, height: 180 }, 'smpte170m'),
      startMs: T0,
    });
    const [plan] = planFiles(alone.journal, { mode: '01' });
    const sent = await produceFile(plan!, { spoolDir: alone.dir, outDir: path.join(alone.dir, 'out') });
    const { path: file } = await produce();
    const [before, after] = [await pixelsAt(sent.path, 0.53), await pixelsAt(file, 4.53)];
    for (const x of [20, 50, 80, 110, 150, 190, 220]) {
      const [wanted, found] = [before.at(x, 30), after.at(x * 2, 60)];
      for (const channel of [0, 1, 2]) expect(Math.abs(wanted[channel]! - found[channel]!)).toBeLessThanOrEqual(12);
    }
  } finally {
    await alone.remove();
  }
});

test('VP8, which is limited, in a file of full range, after black', async () => {
  await spool.send({ userId: 'ann', codec: 'opus', frames: await audioClip({ seconds: 8 }), startMs: T0 });
  await send(await videoClip({ seconds: 4, ...LARGE, fullRange: true }), 2);
  await send(await videoClip({ seconds: 2, ...LARGE, codec: 'vp8' }), 6, 'vp8');
  const [plan] = planFiles(spool.journal, { mode: '02' });
  const file = await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
  expect(await decodeErrors(file.path)).toBe('');
  for (const value of (await pixelsAt(file.path, 0)).at(100, 100)) expect(value).toBeLessThanOrEqual(2);
  for (const second of [3, 7])
    for (const value of (await pixelsAt(file.path, second)).at(240, 180)) expect(value).toBeGreaterThanOrEqual(253);
});

test('what is mended of damaged frames keeps its range', async () => {
  const frames = await videoClip({ seconds: 15, ...SMALL, fullRange: true, gop: 195 });
  const ruined = frames.map((frame, index) => {
    if (index !== 40) return frame;
    const data = Buffer.from(frame.data);
    return { ...frame, data: data.fill(0xff, data.lastIndexOf(Buffer.from([0, 0, 1])) + 4) };
  });
  await send(ruined, 0);
  const { path: file, quality } = await produce();
  expect(quality.ReencodedMs).toBeGreaterThan(9000);
  for (const second of [1, 6]) {
    for (const value of (await pixelsAt(file, second)).at(160, 90)) expect(value).toBeGreaterThanOrEqual(253);
  }
});

describe('pixels that are not square', () => {
  const displayed = async (file: string): Promise<string> => {
    const entry = 'stream=sample_aspect_ratio,display_aspect_ratio';
    const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', entry, '-of', 'csv=p=0', file];
    return (await run('ffprobe', args)).stdout.toString().trim();
  };
  /** Whether the frame is white at places given as parts of its width and height. */
  const whiteAt = async (
    file: string,
    size: { width: number; height: number },
    second: number,
    places: [number, number][],
  ) => {
    const { at } = await pixelsAt(file, second);
    return places.map(([x, y]) => at(Math.floor(x * size.width), Math.floor(y * size.height))[0]! > 200);
  };

  test('the container says how wide they are', async () => {
    await send(await videoClip({ seconds: 3, width: 352, height: 288, pixel: '16/11' }), 0);
    const { path: file, quality } = await produce();
    expect(quality.ReencodedMs).toBe(0);
    expect(await displayed(file)).toBe('16:11,16:9');
  });

  test('a square piece of the same display size fills the frame', async () => {
    const size = { width: 352, height: 288 };
    await send(await videoClip({ seconds: 4, ...size, pixel: '16/11' }), 0);
    await send(await videoClip({ seconds: 2, width: 320, height: 180 }), 4);
    const { path: file } = await produce();
    expect(await displayed(file)).toBe('16:11,16:9');
    const places: [number, number][] = [
      [0.02, 0.02],
      [0.98, 0.98],
    ];
    expect(await whiteAt(file, size, 5, places)).toEqual([true, true]);
  });

  test('a piece of wide pixels in a square file is as wide as it is shown', async () => {
    const size = { width: 640, height: 360 };
    await send(await videoClip({ seconds: 4, ...size }), 0);
    // 16:9 as it is shown.
    await send(await videoClip({ seconds: 2, width: 320, height: 320, pixel: '16/9' }), 4);
    const { path: file } = await produce();
    const places: [number, number][] = [
      [0.02, 0.5],
      [0.98, 0.5],
    ];
    expect(await whiteAt(file, size, 5, places)).toEqual([true, true]);
  });

  test('the same numbers with other pixels are no other size: they are fitted', async () => {
    const size = { width: 352, height: 288 };
    await send(await videoClip({ seconds: 4, ...size }), 0);
    await send(await videoClip({ seconds: 2, ...size, pixel: '16/11' }), 4);
    const { path: file, quality } = await produce();
    expect(Math.abs(quality.ReencodedMs - 2000)).toBeLessThan(100);
    // 352 wide, and 288 * 11 / 16 = 198 high.
    const places: [number, number][] = [
      [0.5, 0.1],
      [0.5, 0.2],
      [0.5, 0.8],
      [0.5, 0.9],
    ];
    expect(await whiteAt(file, size, 5, places)).toEqual([false, true, true, false]);
  });
});
