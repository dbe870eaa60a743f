import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import path from 'node:path';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile } from '../../src/produce/produce-file.ts';
import { audioClip, videoClip } from '../helpers/clips.ts';
import { beeps, decodeErrors, distances, flashes, percentile, picturesOf, soundOf } from '../helpers/judge.ts';
import { SpoolFixture } from '../helpers/spool-fixture.ts';

const T0 = 1_760_000_000_000;
/** Least network delay of the fixture's senders: it is part of the wall-clock time a frame is given. */
const DELAY = 40;

describe('a clean recording of two anchors', () => {
  let spool: SpoolFixture;
  beforeAll(async () => {
    spool = await SpoolFixture.create();
    spool.take(T0 - 1000);
    const picture = await videoClip({ seconds: 12, width: 320, height: 240 });
    const sound = await audioClip({ seconds: 12 });
    await spool.send({ userId: 'ann', codec: 'opus', frames: sound, startMs: T0, jitterMs: 20 });
    await spool.send({ userId: 'ann', codec: 'h264', frames: picture, startMs: T0, jitterMs: 20, seed: 2 });
    await spool.send({ userId: 'bob', codec: 'opus', frames: sound, startMs: T0 + 2500 });
    await spool.send({ userId: 'bob', codec: 'h264', frames: picture, startMs: T0 + 2500 });
    spool.takeEnd(T0 + 20_000);
  });
  afterAll(() => spool.remove());

  test('mode 02 gives an MP4 each, in step', async () => {
    const plans = planFiles(spool.journal, { mode: '02' });
    expect(plans.map(({ userId, stream, container }) => [userId, stream, container])).toEqual([
      ['ann', 'main', 'mp4'],
      ['bob', 'main', 'mp4'],
    ]);
    for (const plan of plans) {
      const file = await produceFile(plan, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
      expect(await decodeErrors(file.path)).toBe('');
      const start = plan.userId === 'ann' ? T0 : T0 + 2500;
      expect(Math.abs(file.startMs - start - DELAY)).toBeLessThan(20);
      expect(Math.abs(file.durationMs - 12_000)).toBeLessThan(100);
      const expected = Array.from({ length: 12 }, (_, second) => second * 1000);
      const seen = flashes(await picturesOf(file.path));
      const heard = beeps(await soundOf(file.path));
      expect(seen).toHaveLength(12);
      expect(heard).toHaveLength(12);
      expect(percentile(distances(expected, seen), 0.95)).toBeLessThan(40);
      expect(percentile(distances(seen, heard), 0.95)).toBeLessThan(40);
    }
  });

  test('mode 00 gives an MP3 each', async () => {
    const [plan] = planFiles(spool.journal, { mode: '00' });
    const file = await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
    expect(path.extname(file.path)).toBe('.mp3');
    const heard = beeps(await soundOf(file.path));
    expect(heard).toHaveLength(12);
  });
});
