import { beforeAll, expect, jest, test } from '@jest/globals';
import path from 'node:path';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile } from '../../src/produce/produce-file.ts';
import { videoClip, type ClipFrame } from '../helpers/clips.ts';
import { T0 } from '../helpers/journal.ts';
import { picturesOf } from '../helpers/judge.ts';
import { run } from '../helpers/run.ts';
import { SpoolFixture, seeded } from '../helpers/spool-fixture.ts';

jest.setTimeout(120_000);

let clip: ClipFrame[];
beforeAll(async () => {
  clip = await videoClip({ seconds: 20, width: 64, height: 48, gop: 15 });
});

/** Intervals of `count` pictures, ms. */
const every = (ms: number, count: number): number[] => Array<number>(count).fill(ms);
const random = seeded(4);
/** Segments keep whole ms. */
const ROUNDED_MS = 0.6;
/** Name, intervals, and how far a picture may be from its true time: half a grid's step, if its place was free. */
const cadences: [string, number[], number][] = [
  ['15 a second, steady', every(1000 / 15, 200), 2.5],
  ['25 a second to the ms, as no camera sends', every(40, 200), 5],
  ['30 a second, then 10, then 60', [...every(1000 / 30, 90), ...every(100, 40), ...every(1000 / 60, 90)], 2.5],
  ['two at a time, 2 ms apart', Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 2 : 98)), 3],
  [
    'five at once after a pause',
    Array.from({ length: 200 }, (_, index) => [900, 0.5, 0.5, 0.5, 0.5, 33][index % 6]!),
    20,
  ],
  ['the jitter of a busy phone', Array.from({ length: 250 }, () => 5 + random() * 90), 2.5],
  ['a slow start: once a second, then 30', [...every(1000, 12), ...every(1000 / 30, 150)], 2.5],
  ['one picture, a long hold, then 30', [12_000, ...every(1000 / 30, 150)], 2.5],
];

test.each(cadences)(
  '%s: all are there, in their places, and ffmpeg has nothing to say',
  async (_, intervals, farthestMs) => {
    const spool = await SpoolFixture.create();
    try {
      let atMs = 0;
      const frames = [0, ...intervals].map((ms, index) => ({ ...clip[index]!, atMs: (atMs += ms) }));
      spool.take(T0 - 1000);
      await spool.send({ userId: 'ann', codec: 'h264', frames, startMs: T0 });
      const [plan] = planFiles(spool.journal, { mode: '01' });
      const file = await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
      const { stderr } = await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file.path, '-f', 'null', '-']);
      expect(stderr).toBe('');
      const pictures = await picturesOf(file.path);
      expect(pictures).toHaveLength(frames.length);
      const off = frames.map((frame, index) => pictures[index]!.atMs - frame.atMs);
      expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(farthestMs + ROUNDED_MS);
    } finally {
      await spool.remove();
    }
  },
);
