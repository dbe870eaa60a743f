import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { videoClip, type ClipFrame } from '../helpers/clips.ts';
import { framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { decodeErrors, flashes, picturesOf } from '../helpers/judge.ts';
import { changeUnits, setsOnce } from '../helpers/nal.ts';
import { Recorder } from '../helpers/recorder.ts';
import { run } from '../helpers/run.ts';

jest.setTimeout(120_000);

let recorder: Recorder;
let directory: string;
beforeEach(async () => {
  recorder = await Recorder.create();
  directory = await mkdtemp(path.join(tmpdir(), 'sets-'));
});
afterEach(async () => {
  await recorder.remove();
  await rm(directory, { recursive: true, force: true });
});

const later = (frames: readonly ClipFrame[], byMs: number): ClipFrame[] =>
  frames.map((frame) => ({ ...frame, atMs: frame.atMs + byMs }));

const record = async (frames: readonly ClipFrame[]): Promise<string> => {
  await recorder.capture(framesOf(frames, { userId: 'ann', codec: 'h264', startMs: T0, ssrc: 1 }), '01');
  const file = await recorder.produce('01');
  expect(file.quality).toMatchObject({ LostMs: 0, ReencodedMs: 0 });
  expect(await decodeErrors(file.path)).toBe('');
  return file.path;
};

/** The flashes that a program sees which jumps into the file: whole seconds. */
const flashesFrom = async (file: string, second: number): Promise<number[]> => {
  const part = path.join(directory, `${second}.mkv`);
  const trimmed = ['-ss', String(second), '-i', file, '-an', '-c:v', 'libx264', '-bf', '0', '-copyts'];
  await run('ffmpeg', ['-v', 'error', '-y', ...trimmed, part]);
  return flashes(await picturesOf(part)).map((ms) => Math.round(ms / 1000));
};

test('sets that are sent once, then others under the same ids: every place of the file can be jumped to', async () => {
  const size = { width: 320, height: 240 };
  const first = setsOnce(await videoClip({ seconds: 4, ...size }));
  const second = setsOnce(await videoClip({ seconds: 12, ...size, profile: 'high', gop: 15 }));
  const file = await record([...first, ...later(second, 4000)]);
  for (const from of [2, 5, 9, 15, 2]) {
    const expected = Array.from({ length: 16 - from }, (_, index) => from + index);
    expect(await flashesFrom(file, from)).toEqual(expected);
  }
});

test.each([
  ['unspecified', [0x00, 1, 2, 3]],
  ['reserved', [0x17, 1, 2, 3]],
  ['for aggregation', [0x78, 1, 2, 3]],
  ['with its forbidden bit set', [0x81, 1, 2, 3]],
  ['31', [0x1f]],
])('a NAL unit that is %s costs nothing', async (_, bytes) => {
  const clip = await videoClip({ seconds: 4, width: 320, height: 240 });
  const file = await record(
    changeUnits(clip, (units, index) => (index % 20 === 5 ? [...units, Uint8Array.from(bytes)] : units)),
  );
  expect(await picturesOf(file)).toHaveLength(clip.length);
});
