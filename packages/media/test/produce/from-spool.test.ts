import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { silentLogger } from '@trtc-recorder/runtime';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSpool, planFiles, produceFile, verifyFile, type FilePlan, type Spool } from '../../src/index.ts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { byArrival, framesOf } from '../helpers/frames.ts';
import { T0 } from '../helpers/journal.ts';
import { beeps, decodeErrors, distances, flashes, percentile, picturesOf, soundOf } from '../helpers/judge.ts';

jest.setTimeout(120_000);

let dir: string;
let picture: ClipFrame[];
let sound: ClipFrame[];
beforeAll(async () => {
  picture = await videoClip({ seconds: 12, width: 320, height: 240 });
  sound = await audioClip({ seconds: 12 });
});
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'from-spool-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const open = (name = 'spool'): Promise<Spool> =>
  openSpool({ dir: path.join(dir, name), logger: silentLogger(), segmentMs: 4000 });
const startTake = (spool: Spool) =>
  spool.startTake({
    worker: 'w',
    mode: '02',
    onFault: (error) => {
      throw error;
    },
  });
const seconds = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, second) => from + second * 1000);

/** Waits until nothing in a directory has changed for a while: all that was handed over is written. */
const settled = async (directory: string): Promise<void> => {
  const look = async () => {
    const names = (await readdir(directory)).sort();
    const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(directory, name))).size));
    return JSON.stringify([names, sizes]);
  };
  const deadline = Date.now() + 10_000;
  for (let seen = await look().catch(() => ''); Date.now() < deadline;) {
    await sleep(300);
    const now = await look().catch(() => '');
    if (now === seen) return;
    seen = now;
  }
  throw new Error('the spool does not settle');
};

const produce = async (spool: Spool): Promise<{ plan: FilePlan; seen: number[]; heard: number[]; skew: number }> => {
  const plans = planFiles(await spool.journal(), { mode: '02' });
  expect(plans).toHaveLength(1);
  const plan = plans[0]!;
  const file = await produceFile(plan, { spoolDir: spool.dir, outDir: path.join(dir, 'out') });
  await verifyFile(file.path, plan);
  expect(await decodeErrors(file.path)).toBe('');
  const seen = flashes(await picturesOf(file.path));
  const heard = beeps(await soundOf(file.path));
  return { plan, seen, heard, skew: percentile(distances(seen, heard), 0.95) };
};

test('what was captured in disorder is in step and in order', async () => {
  const spool = await open();
  const take = await startTake(spool);
  const disorder = { startMs: T0, jitterMs: 60, repeats: 0.05 };
  const frames = byArrival(
    framesOf(sound, { ...disorder, userId: 'ann', codec: 'opus', ssrc: 1, loss: 0.02 }),
    framesOf(picture, { ...disorder, userId: 'ann', codec: 'h264', ssrc: 2, seed: 2 }),
  );
  for (const frame of frames) take.frame(frame);
  await take.close('stopped');
  const { seen, heard, skew } = await produce(spool);
  expect(seen).toHaveLength(12);
  expect(heard).toHaveLength(12);
  expect(skew).toBeLessThan(40);
});

test('a worker that is killed leaves a gap, and the next one goes on in the same file', async () => {
  const killed = await open('killed');
  const take = await startTake(killed);
  const frames = byArrival(
    framesOf(sound, { userId: 'ann', codec: 'opus', startMs: T0, ssrc: 1 }),
    framesOf(picture, { userId: 'ann', codec: 'h264', startMs: T0, ssrc: 2 }),
  );
  for (const frame of frames.filter(({ receivedAt }) => receivedAt < T0 + 6500)) take.frame(frame);
  // What is on disk while the take still runs is what a kill would leave.
  await settled(killed.dir);
  await cp(killed.dir, path.join(dir, 'spool'), { recursive: true });
  await take.close('stopped');

  const spool = await open();
  const next = await startTake(spool);
  for (const frame of frames.filter(({ receivedAt }) => receivedAt >= T0 + 8500))
    next.frame({ ...frame, ssrc: frame.ssrc + 2 });
  await next.close('stopped');
  const { plan, seen, heard, skew } = await produce(spool);
  expect(plan.endMs - plan.startMs).toBeGreaterThan(11_900);
  expect(seen.length).toBeGreaterThanOrEqual(8);
  expect(percentile(distances(seen, seconds(12)), 1)).toBeLessThan(40);
  expect(percentile(distances(heard, seconds(12)), 1)).toBeLessThan(40);
  expect(skew).toBeLessThan(40);
});
