import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile } from '../../src/produce/produce-file.ts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { T0 } from '../helpers/journal.ts';
import { framesOf } from '../helpers/frames.ts';
import { beeps, distances, percentile } from '../helpers/judge.ts';
import { setsOnce } from '../helpers/nal.ts';
import { Recorder } from '../helpers/recorder.ts';
import { SpoolFixture } from '../helpers/spool-fixture.ts';

jest.setTimeout(180_000);

const SECONDS = 13;

let spool: SpoolFixture;
let recorder: Recorder;
let browser: Browser;
beforeAll(async () => {
  spool = await SpoolFixture.create();
  recorder = await Recorder.create();
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  });
});
afterAll(async () => {
  await browser.close();
  await spool.remove();
  await recorder.remove();
});

/** Every join there is: another size, another codec, a hole, a sender that restarts with other sets under the same ids. */
const sendJoined = async (): Promise<void> => {
  const send = (codec: 'h264' | 'vp8', frames: readonly ClipFrame[], second: number) =>
    spool.send({ userId: 'ann', codec, frames, startMs: T0 + second * 1000 });
  spool.take(T0 - 1000);
  await spool.send({ userId: 'ann', codec: 'opus', frames: await audioClip({ seconds: SECONDS }), startMs: T0 });
  const large = { width: 640, height: 360 };
  await send('h264', await videoClip({ seconds: 2, width: 320, height: 180 }), 0);
  await send('vp8', await videoClip({ seconds: 2, codec: 'vp8', ...large }), 2);
  await send('h264', await videoClip({ seconds: 4, ...large }), 4);
  await send('h264', await videoClip({ seconds: 3, profile: 'high', ...large }), 10);
};

interface Seen {
  readonly size: number[];
  readonly durationMs: number;
  /** Mean brightness of the picture at each time asked for. */
  readonly brightness: number[];
  /** How far playing came, ms. */
  readonly playedMs: number;
  readonly error: string | null;
  readonly sound: number[];
}

/** Plays a file to its end in Chromium, looks at it at some times (ms), and decodes its sound. */
const watch = (page: Page, base64: string, times: readonly number[]): Promise<Seen> =>
  page.evaluate(
    async ({ data, at }) => {
      const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      const video = document.createElement('video');
      video.muted = true;
      video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
      const once = (name: string) =>
        new Promise<void>((resolve) => {
          for (const event of [name, 'error']) video.addEventListener(event, () => resolve(), { once: true });
        });
      document.body.append(video);
      await once('loadeddata');
      const canvas = new OffscreenCanvas(32, 18);
      const context = canvas.getContext('2d', { willReadFrequently: true })!;
      const brightness: number[] = [];
      for (const ms of at) {
        // The picture is there when it is presented, which may be after `seeked`.
        const presented = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        const sought = once('seeked');
        video.currentTime = ms / 1000;
        await Promise.all([sought, presented]);
        context.drawImage(video, 0, 0, 32, 18);
        const { data: pixels } = context.getImageData(0, 0, 32, 18);
        brightness.push(pixels.reduce((sum, value, index) => (index % 4 === 0 ? sum + value : sum), 0) / (32 * 18));
      }
      video.currentTime = 0;
      video.playbackRate = 4;
      const ended = once('ended');
      await video.play();
      await ended;
      const decoding = new AudioContext({ sampleRate: 48_000 }).decodeAudioData(bytes.buffer);
      const sound = await decoding.catch(() => null);
      return {
        size: [video.videoWidth, video.videoHeight],
        durationMs: video.duration * 1000,
        brightness,
        playedMs: video.currentTime * 1000,
        error: video.error?.message ?? null,
        sound: sound === null ? [] : [...sound.getChannelData(0)],
      };
    },
    { data: base64, at: times },
  );

test('a file of many joins plays in Chromium: every flash and every beep at its time', async () => {
  await sendJoined();
  const [plan] = planFiles(spool.journal, { mode: '02' });
  const { path: file, quality } = await produceFile(plan!, {
    spoolDir: spool.dir,
    outDir: path.join(spool.dir, 'out'),
  });
  expect(quality.ReencodedMs).toBeGreaterThan(3900);
  const page = await browser.newPage();
  const shown = Array.from({ length: SECONDS }, (_, second) => second).filter((second) => second < 8 || second >= 10);
  const seen = await watch(page, (await readFile(file)).toString('base64'), [
    ...shown.map((second) => second * 1000 + 40),
    ...shown.map((second) => second * 1000 + 500),
  ]);
  expect(seen.error).toBeNull();
  expect(seen.size).toEqual([640, 360]);
  expect(Math.abs(seen.durationMs - SECONDS * 1000)).toBeLessThan(100);
  expect(seen.playedMs).toBeGreaterThan(SECONDS * 1000 - 100);
  // White in the first tenth of each second, and not half a second later.
  const white = (from: number) => shown.filter((_, index) => seen.brightness[from + index]! > 200);
  expect(white(0)).toEqual(shown);
  expect(white(shown.length)).toEqual([]);
  const heard = beeps(Float32Array.from(seen.sound));
  const expected = Array.from({ length: SECONDS }, (_, second) => second * 1000);
  expect(heard).toHaveLength(SECONDS);
  expect(percentile(distances(expected, heard), 1)).toBeLessThan(4);
});

/** A clip that begins later. */
const later = (frames: readonly ClipFrame[], byMs: number): ClipFrame[] =>
  frames.map((frame) => ({ ...frame, atMs: frame.atMs + byMs }));

test('full range, wide pixels, sets that are sent once and replaced: each place shows what was sent', async () => {
  const wide = { width: 352, height: 288, pixel: '16/11', fullRange: true };
  const first = setsOnce(await videoClip({ seconds: 4, ...wide }));
  const second = setsOnce(await videoClip({ seconds: 6, ...wide, profile: 'high', gop: 15 }));
  // Limited range, square pixels: it is encoded.
  const small = await videoClip({ seconds: 2, width: 320, height: 180 });
  const clip = [...first, ...later(second, 4000), ...later(small, 10_000)];
  await recorder.capture(framesOf(clip, { userId: 'ann', codec: 'h264', startMs: T0, ssrc: 1 }), '01');
  const { path: file } = await recorder.produce('01');
  const page = await browser.newPage();
  const white = [11, 1, 7, 2, 9, 5];
  const seen = await watch(page, (await readFile(file)).toString('base64'), [
    ...white.map((at) => at * 1000 + 40),
    ...white.map((at) => at * 1000 + 500),
  ]);
  expect(seen.error).toBeNull();
  expect(seen.size).toEqual([512, 288]);
  expect(seen.playedMs).toBeGreaterThan(11_900);
  for (const brightness of seen.brightness.slice(0, white.length)) expect(brightness).toBeGreaterThan(253);
  for (const brightness of seen.brightness.slice(white.length)) expect(brightness).toBeLessThan(150);
});
