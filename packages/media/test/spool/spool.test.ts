import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { silentLogger, type AppError } from '@trtc-recorder/runtime';
import { openSpool } from '../../src/index.ts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { complaints, packetTimes, pick } from './judge-segments.ts';
import { send, together } from './sender.ts';

let dir: string;
let video: ClipFrame[];
let audio: ClipFrame[];
const faults: AppError[] = [];

beforeAll(async () => {
  video = await videoClip({ seconds: 5, width: 320, height: 180, gop: 15 });
  audio = await audioClip({ seconds: 5 });
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spool-'));
  faults.length = 0;
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

const open = (segmentMs?: number) =>
  openSpool({ dir, logger: silentLogger(), ...(segmentMs === undefined ? {} : { segmentMs }) });
const takeOptions = { worker: 'w1', mode: '02', onFault: (error: AppError) => faults.push(error) } as const;
test('frames become segments that decode without a complaint, and a journal', async () => {
  const spool = await open(2000);
  const take = await spool.startTake(takeOptions);
  for (const frame of together(send(video, 'video'), send(audio, 'audio'))) take.frame(frame);
  await take.close('stopped');

  const journal = await spool.journal();
  expect(journal[0]).toMatchObject({ type: 'recording', version: 1 });
  expect(pick(journal, 'take')).toMatchObject([{ take: 1, worker: 'w1', mode: '02' }]);
  expect(pick(journal, 'take-end')).toMatchObject([{ take: 1, reason: 'stopped' }]);
  expect(pick(journal, 'track').map(({ kind, userId }) => [kind, userId])).toEqual([
    ['video', 'ann'],
    ['audio', 'ann'],
  ]);
  expect(pick(journal, 'gap')).toEqual([]);

  for (const { track, kind } of pick(journal, 'track')) {
    const segments = pick(journal, 'segment').filter((segment) => segment.track === track);
    const clip = kind === 'video' ? video : audio;
    const rate = kind === 'video' ? 90 : 48;
    expect(segments).toHaveLength(3);
    expect(segments.reduce((sum, { frames }) => sum + frames, 0)).toBe(clip.length);
    const times: number[] = [];
    for (const { file, firstRtp, frames, keyFrames, lastRtp } of segments) {
      expect(await complaints(join(dir, file))).toBe('');
      const own = await packetTimes(join(dir, file));
      expect(own).toHaveLength(frames);
      expect(keyFrames).toBe(kind === 'video' ? Math.ceil(frames / 15) : frames);
      expect(Math.abs(firstRtp + own.at(-1)! * rate - lastRtp)).toBeLessThan(rate);
      times.push(...own.map((ms) => (firstRtp - 0xffff_0000) / rate + ms));
    }
    times.forEach((ms, index) => expect(Math.abs(ms - clip[index]!.atMs)).toBeLessThan(1));
  }
  expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
});
