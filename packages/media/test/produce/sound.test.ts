import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Mode } from '@trtc-recorder/contracts';
import path from 'node:path';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile, type ProducedFile } from '../../src/produce/produce-file.ts';
import { audioClip, type ClipFrame } from '../helpers/clips.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, loudness, percentile, pitch, soundOf } from '../helpers/judge.ts';
import { run } from '../helpers/run.ts';
import { SpoolFixture, seeded } from '../helpers/spool-fixture.ts';

jest.setTimeout(120_000);

/** Beeps are found to within 1 ms; the resampler may lag the clock by 1 ms. Opus' and MP3's own delays are taken out. */
const EVENT_MS = 4;

let spool: SpoolFixture;
beforeEach(async () => {
  spool = await SpoolFixture.create();
  spool.take(T0 - 1000);
});
afterEach(() => spool.remove());

const produce = async (mode: Mode = '00'): Promise<{ file: ProducedFile; sound: Float32Array }> => {
  const plans = planFiles(spool.journal, { mode });
  expect(plans).toHaveLength(1);
  const file = await produceFile(plans[0]!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
  expect(await decodeErrors(file.path)).toBe('');
  return { file, sound: await soundOf(file.path) };
};

/** Where beeps of a clip belong in its file: at each second of the sender's time, as our clock has it. */
const secondsOf = (count: number, { ppm = 0, from = 0 } = {}): number[] =>
  Array.from({ length: count }, (_, second) => from + (second * 1000) / (1 + ppm / 1e6));

describe('time', () => {
  test.each([200, -200])('a sender whose clock is off by %i ppm stays in place for 2 minutes', async (ppm) => {
    const frames = await audioClip({ seconds: 120 });
    await spool.send({ userId: 'ann', codec: 'opus', frames, startMs: T0, ppm, jitterMs: 30 });
    const { file, sound } = await produce();
    const heard = beeps(sound);
    const errors = distances(secondsOf(120, { ppm }), heard);
    expect(heard).toHaveLength(120);
    expect(percentile(errors, 1)).toBeLessThan(EVENT_MS);
    expect(Math.abs(file.durationMs - 120_000 / (1 + ppm / 1e6))).toBeLessThan(100);
  });
});

describe('pitch', () => {
  let frames: ClipFrame[];
  beforeAll(async () => {
    frames = await audioClip({ seconds: 20, hz: 440, steady: true });
  });

  // What a slow sound card plays too high, its timestamps show; of timestamps that are wrong the audio is right.
  test.each([
    ['a sound card 3 % slow', { ppm: -30_000 }, 440 * 0.97, 20_000 / 0.97],
    ['timestamps 3 % slow', { timestampPpm: -30_000 }, 440, 20_000],
    ['timestamps 3 % fast', { timestampPpm: 30_000 }, 440, 20_000],
    ['timestamps 10 % fast', { timestampPpm: 100_000 }, 440, 20_000],
  ])('%s', async (_, clock, hz, lengthMs) => {
    await spool.send({ userId: 'ann', codec: 'opus', frames, startMs: T0, jitterMs: 20, ...clock });
    const { file, sound } = await produce();
    expect(Math.abs(pitch(sound, 2_000, 18_000) / hz - 1)).toBeLessThan(0.002);
    expect(Math.abs(file.durationMs - lengthMs)).toBeLessThan(100);
    expect(file.quality.SilenceMs).toBeLessThan(25);
  });
});

describe('holes', () => {
  let frames: ClipFrame[];
  beforeAll(async () => {
    frames = await audioClip({ seconds: 20 });
  });

  test('5 % of the packets lost: every other beep is in its place', async () => {
    const random = seeded(5);
    const lost = frames.map(() => random() < 0.05);
    await spool.send({
      userId: 'ann',
      codec: 'opus',
      frames,
      startMs: T0,
      jitterMs: 20,
      lost: (_, index) => lost[index]!,
      numbered: true,
    });
    const { file, sound } = await produce();
    const errors = distances(secondsOf(20), beeps(sound));
    // A lost packet at a beep's start delays it by the packet's 20 ms.
    expect(percentile(errors, 0.8)).toBeLessThan(EVENT_MS);
    expect(percentile(errors, 1)).toBeLessThan(EVENT_MS + 25);
    expect(Math.abs(file.quality.SilenceMs - lost.filter(Boolean).length * 20)).toBeLessThan(5);
  });

  test('a lost packet is concealed, not silent', async () => {
    const steady = await audioClip({ seconds: 5, steady: true });
    await spool.send({
      userId: 'ann',
      codec: 'opus',
      frames: steady,
      startMs: T0,
      lost: (_, index) => index % 25 === 13,
    });
    const { sound } = await produce();
    const usual = loudness(sound, 1000, 1200);
    const concealed = [63, 88, 113, 138, 163].map((index) => loudness(sound, index * 20 + 8, index * 20 + 26));
    expect(Math.min(...concealed)).toBeGreaterThan(usual / 2);
  });

  test('a mute of 5 s is 5 s of silence', async () => {
    const lost = ({ atMs }: ClipFrame) => atMs >= 6500 && atMs < 11_500;
    await spool.send({ userId: 'ann', codec: 'opus', frames, startMs: T0, jitterMs: 20, lost, numbered: true });
    const { file, sound } = await produce();
    const expected = secondsOf(20).filter((ms) => ms < 6500 || ms >= 11_500);
    expect(beeps(sound)).toHaveLength(expected.length);
    expect(percentile(distances(expected, beeps(sound)), 1)).toBeLessThan(EVENT_MS);
    expect(loudness(sound, 6600, 11_400)).toBeLessThan(0.001);
    expect(Math.abs(file.quality.SilenceMs - 5000)).toBeLessThan(5);
  });

  test('a sender that returns after 8 s with new timestamps goes on at its true place', async () => {
    await spool.send({ userId: 'ann', codec: 'opus', frames: frames.slice(0, 500), startMs: T0, jitterMs: 20 });
    await spool.send({
      userId: 'ann',
      codec: 'opus',
      frames: frames.slice(0, 500),
      startMs: T0 + 18_007,
      firstRtp: 77,
    });
    const { sound } = await produce();
    const expected = [...secondsOf(10), ...secondsOf(10, { from: 18_007 })];
    expect(beeps(sound)).toHaveLength(20);
    expect(percentile(distances(expected, beeps(sound)), 1)).toBeLessThan(EVENT_MS);
    expect(loudness(sound, 10_100, 17_900)).toBeLessThan(0.001);
  });

  test('DTX: the pauses keep their length', async () => {
    // Of a pause a sender with DTX transmits one packet in 400 ms.
    const lost = ({ atMs }: ClipFrame, index: number) => atMs % 1000 >= 200 && index % 20 !== 0;
    await spool.send({ userId: 'ann', codec: 'opus', frames, startMs: T0, lost });
    const { sound } = await produce();
    expect(beeps(sound)).toHaveLength(20);
    expect(percentile(distances(secondsOf(20), beeps(sound)), 1)).toBeLessThan(EVENT_MS);
  });
});

test('packets that no decoder takes are lost, and told', async () => {
  const frames = (await audioClip({ seconds: 20, steady: true })).map((frame) => {
    // Two frames, of which the first is longer than the packet.
    const broken = Uint8Array.of((frame.data[0]! & 0xfc) | 2, 0xff, 0xff, 1, 2, 3);
    return frame.atMs >= 5000 && frame.atMs < 15_000 ? { ...frame, data: broken } : frame;
  });
  await spool.send({ userId: 'ann', codec: 'opus', frames, startMs: T0 });
  const { file, sound } = await produce();
  expect(Math.abs(file.quality.LostMs - 10_000)).toBeLessThan(50);
  expect(Math.abs(file.quality.SilenceMs - 10_000)).toBeLessThan(50);
  expect(loudness(sound, 3000, 4900)).toBeGreaterThan(0.1);
  expect(loudness(sound, 15_100, 19_900)).toBeGreaterThan(0.1);
});

test('a sender that is mono first and stereo then gives a stereo file', async () => {
  const mono = await audioClip({ seconds: 3 });
  const stereo = (await audioClip({ seconds: 3, channels: 2 })).map((frame) => ({ ...frame, atMs: frame.atMs + 3000 }));
  await spool.send({ userId: 'ann', codec: 'opus', frames: [...mono.slice(0, 150), ...stereo], startMs: T0 });
  const { file } = await produce();
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=channels',
    '-of',
    'csv=p=0',
    file.path,
  ]);
  expect(stdout.toString().trim()).toBe('2');
});

test('stereo stays stereo, and frames of 60 ms are as good as any', async () => {
  const frames = await audioClip({ seconds: 5, channels: 2, frameMs: 60 });
  await spool.send({ userId: 'ann', codec: 'opus', frames, startMs: T0 });
  const { sound } = await produce();
  expect(percentile(distances(secondsOf(5), beeps(sound)), 1)).toBeLessThan(EVENT_MS);
});

test.each<Mode>(['00', '02'])('mode %s: what was heard first and last is in the file', async (mode) => {
  const frames = await audioClip({ seconds: 3, steady: true });
  // The last packet begins at 2980 ms: later ones are the encoder's own padding.
  await spool.send({ userId: 'ann', codec: 'opus', frames: frames.filter(({ atMs }) => atMs < 3000), startMs: T0 });
  const { sound } = await produce(mode);
  const usual = loudness(sound, 1000, 2000);
  expect(loudness(sound, 10, 30)).toBeGreaterThan(usual / 2);
  expect(loudness(sound, 2970, 2990)).toBeGreaterThan(usual / 2);
  expect(sound.length).toBeGreaterThan(48_000 * 2.995);
});
