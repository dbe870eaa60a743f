import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Frame } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { openSpool } from '../../src/index.ts';
import { audioClip, videoClip } from '../helpers/clips.ts';
import { bundle } from '../helpers/bundle.ts';
import { complaints, decodedFrames, packetTimes, pick } from './judge-segments.ts';
import { send, together } from './sender.ts';

let root: string;
let dir: string;
let program: string;
let frames: Frame[];
const framesFile = () => join(root, 'frames.json');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kill-'));
  program = await bundle(new URL('capture.child.ts', import.meta.url), join(root, 'child.mjs'));
  const video = await videoClip({ seconds: 12, width: 320, height: 180, gop: 60 });
  frames = together(send(video, 'video'), send(await audioClip({ seconds: 12 }), 'audio'));
  const stored = frames.map((frame) => ({ ...frame, data: Buffer.from(frame.data).toString('base64') }));
  await writeFile(framesFile(), JSON.stringify(stored));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  dir = await mkdtemp(join(root, 'spool-'));
});

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

interface Said {
  readonly taken?: number;
  readonly atMs: number;
}

/** Runs the capture and kills it `afterMs` after its first frames; what it said until then. */
const captureAndKill = async (afterMs: number, segmentMs: number): Promise<{ said: Said[]; killedMs: number }> => {
  const process = spawn('node', [program, dir, framesFile(), String(segmentMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = process;
  const said: Said[] = [];
  const lines = createInterface(process.stdout);
  const begun = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      said.push({ ...(JSON.parse(line) as { taken?: number }), atMs: performance.now() });
      resolve();
    });
  });
  await begun;
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const killedMs = performance.now();
  process.kill('SIGKILL');
  await once(process, 'close');
  return { said, killedMs };
};

/** What had surely been written: all that was taken so long before the kill. */
const WRITING_MS = 500;

test.each([
  [800, 10_000],
  [1100, 2_000],
  [1900, 3_000],
])('killed %d ms after its start, with segments of %d ms', async (afterMs, segmentMs) => {
  const { said, killedMs } = await captureAndKill(afterMs, segmentMs);
  const sure = said.findLast(({ atMs }) => atMs < killedMs - WRITING_MS)?.taken ?? 0;
  expect(sure).toBeGreaterThan(0);
  // As it lies there an open part can be played: what is torn is its last block at most.
  const parts = (await readdir(dir)).filter((name) => name.endsWith('.part'));
  const sizes = await Promise.all(parts.map(async (part) => (await stat(join(dir, part))).size));
  // One that was killed between its making and its first write is empty.
  const begun = parts.filter((_, index) => sizes[index]! > 0);
  expect(begun).not.toEqual([]);
  for (const part of begun) expect((await packetTimes(join(dir, part))).length).toBeGreaterThan(0);

  const spool = await openSpool({ dir, logger: silentLogger() });
  await spool.recover();

  const journal = await spool.journal();
  expect(pick(journal, 'take-end')).toMatchObject([{ take: 1, reason: 'killed' }]);
  expect(pick(journal, 'track-end').map(({ cause }) => cause)).toEqual(['killed', 'killed']);
  expect((await readdir(dir)).filter((name) => !/^(\d{6}\.mkv|journal\.ndjson|ballast)$/.test(name))).toEqual([]);
  const segments = pick(journal, 'segment');
  expect(segments.filter(({ recovered }) => recovered).length).toBeGreaterThan(0);
  expect(segments.reduce((sum, { frames: count }) => sum + count, 0)).toBeGreaterThanOrEqual(sure);
  for (const { file, frames: count, codec } of segments) {
    expect(await complaints(join(dir, file))).toBe('');
    if (codec === 'h264') expect(await decodedFrames(join(dir, file))).toBe(count);
  }

  const before = journal.length;
  await spool.recover();
  expect(await spool.journal()).toHaveLength(before);

  const next = await spool.startTake({ worker: 'w2', mode: '02', onFault: (error) => expect(error).toBeUndefined() });
  expect(next.number).toBe(2);
  for (const frame of frames.slice(0, 100)) next.frame(frame);
  await next.close('stopped');
  const numbers = pick(await spool.journal(), 'segment').map(({ segment }) => segment);
  expect(new Set(numbers).size).toBe(numbers.length);
  const tracks = pick(await spool.journal(), 'track').map(({ track }) => track);
  expect(new Set(tracks).size).toBe(4);
});
