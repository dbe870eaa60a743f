import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import path from 'node:path';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile } from '../../src/produce/produce-file.ts';
import { audioClip, videoClip } from '../helpers/clips.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, flashes, picturesOf, soundOf } from '../helpers/judge.ts';
import { SpoolFixture } from '../helpers/spool-fixture.ts';

jest.setTimeout(120_000);

/** Beeps are found to 1 ms, frames lie on a grid of 5 ms, and the resampler follows within some ms. */
const EVENT_MS = 15;
const SECONDS = 30;

let spool: SpoolFixture;
beforeEach(async () => {
  spool = await SpoolFixture.create();
  spool.take(T0 - 1_000);
});
afterEach(() => spool.remove());

interface Off {
  readonly ppm?: number;
  readonly offAt?: (atMs: number) => number;
}

/** Sends a beep and a flash at each second of the sender's clocks, and makes the file. */
const produce = async (audio: Off, video: Off) => {
  const [sound, picture] = [
    await audioClip({ seconds: SECONDS }),
    await videoClip({ seconds: SECONDS, width: 320, height: 240 }),
  ];
  await spool.send({ userId: 'ann', codec: 'opus', frames: sound, startMs: T0, jitterMs: 20, seed: 1, ...audio });
  await spool.send({ userId: 'ann', codec: 'h264', frames: picture, startMs: T0, jitterMs: 20, seed: 2, ...video });
  const [plan] = planFiles(spool.journal, { mode: '02' });
  const file = await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
  expect(await decodeErrors(file.path)).toBe('');
  return { file, heard: beeps(await soundOf(file.path)), seen: flashes(await picturesOf(file.path)) };
};

/** When each second of a sender's clock was, on the wall clock. */
const secondsOf = ({ ppm = 0, offAt = () => 0 }: Off): number[] =>
  Array.from({ length: SECONDS }, (_, second) => (second * 1_000) / (1 + ppm / 1e6) + offAt(second * 1_000));

const at =
  (atMs: number, ms: number) =>
  (now: number): number =>
    now >= atMs ? ms : 0;
const often = (everyMs: number, ms: number) => (now: number) => Math.floor((now + 500) / everyMs) * ms;

describe('audio and video lie where they were taken', () => {
  test.each<[string, Off, Off]>([
    ['a sound card 0.3 % slow', { ppm: -3_000 }, {}],
    ['a sound card 3 % slow', { ppm: -30_000 }, {}],
    ['a sound card of 44,100 Hz that says 48,000', { ppm: -81_250 }, {}],
    ['a sound card 10 % fast', { ppm: 100_000 }, {}],
    ['a camera of 88,965 ticks a second', {}, { ppm: -11_500 }],
    ['audio that stalls for 300 ms', { offAt: at(13_500, 300) }, {}],
    ['audio that stalls for 60 ms every 4 s', { offAt: often(4_000, 60) }, {}],
    ['video that stalls for 500 ms', {}, { offAt: at(13_500, 500) }],
    ['video that jumps by 33 ms every 3 s', {}, { offAt: often(3_000, -33) }],
    ['a sound card 2 % slow beside a camera 1 % fast', { ppm: -20_000 }, { ppm: 10_000 }],
  ])('%s', async (_, audio, video) => {
    const { file, heard, seen } = await produce(audio, video);
    // An event inside a step is in both halves of it.
    const worst = (expected: readonly number[], found: readonly number[]) =>
      distances(expected, found).sort((a, b) => b - a)[1] ?? 0;
    expect(worst(secondsOf(audio), heard)).toBeLessThan(EVENT_MS + 10);
    expect(worst(secondsOf(video), seen)).toBeLessThan(EVENT_MS + 35);
    expect(Math.abs(file.quality.SkewMs)).toBeLessThanOrEqual(40);
  });
});
