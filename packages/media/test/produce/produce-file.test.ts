import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { planFiles } from '../../src/plan/plan-files.ts';
import { produceFile } from '../../src/produce/produce-file.ts';
import { audioClip, videoClip } from '../helpers/clips.ts';
import { beeps, decodeErrors, distances, flashes, percentile, picturesOf, soundOf } from '../helpers/judge.ts';
import { SpoolFixture } from '../helpers/spool-fixture.ts';

jest.setTimeout(120_000);

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
      // Nothing constant between sound and picture: neither Opus' look-ahead nor AAC's priming.
      const skews = seen.map((at, index) => at - heard[index]!);
      expect(Math.abs(skews.reduce((sum, skew) => sum + skew, 0) / skews.length)).toBeLessThan(4);
    }
  });

  test('mode 00 gives an MP3 each', async () => {
    const [plan] = planFiles(spool.journal, { mode: '00' });
    const file = await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
    expect(path.extname(file.path)).toBe('.mp3');
    const heard = beeps(await soundOf(file.path));
    expect(heard).toHaveLength(12);
  });

  describe('when something is wrong', () => {
    const outDir = () => path.join(spool.dir, 'wrong');
    const planOf = (mode: '00' | '01' | '02') => planFiles(spool.journal, { mode })[0]!;
    const withSpool = async (mode: '00' | '01' | '02', spoil: (files: string[], copy: string) => Promise<void>) => {
      const copy = await mkdtemp(path.join(tmpdir(), 'spoiled-'));
      try {
        await cp(spool.dir, copy, { recursive: true });
        const plan = planOf(mode);
        await spoil(
          [...plan.audio, ...plan.video].map(({ file }) => path.join(copy, file)),
          copy,
        );
        return await produceFile(plan, { spoolDir: copy, outDir: path.join(copy, 'out') });
      } finally {
        await rm(copy, { recursive: true, force: true });
      }
    };

    test('a segment that is missing costs itself and is told', async () => {
      const file = await withSpool('00', ([first]) => rm(first!));
      expect(Math.abs(file.durationMs - 12_000)).toBeLessThan(100);
      expect(Math.abs(file.quality.LostMs - 10_000)).toBeLessThan(100);
      expect(file.quality.SilenceMs).toBeGreaterThan(9900);
    });

    test('a segment that cannot be read now is no hole: it may be read later', async () => {
      const reading = withSpool('00', async ([first]) => {
        await rm(first!);
        await symlink(first!, first!);
      });
      await expect(reading).rejects.toMatchObject({ code: 'SpoolFailed', retryable: true });
    });

    test('a segment with junk after it is as good as without', async () => {
      const file = await withSpool('00', ([first]) => appendFile(first!, Buffer.alloc(5000)));
      expect(file.quality).toMatchObject({ LostMs: 0, SilenceMs: 0 });
    });

    test('zeros in the middle of a segment cost what they cover, and are told', async () => {
      const file = await withSpool('00', async ([first]) => {
        const bytes = await readFile(first!);
        await writeFile(first!, bytes.fill(0, 8192, 12_288));
      });
      expect(Math.abs(file.durationMs - 12_000)).toBeLessThan(100);
      expect(file.quality.LostMs).toBeGreaterThan(300);
      expect(file.quality.LostMs).toBeLessThan(4500);
      expect(Math.abs(file.quality.SilenceMs - file.quality.LostMs)).toBeLessThan(50);
    });

    test('a segment that is cut off gives what it has', async () => {
      const file = await withSpool('02', (files) => truncate(files.at(0)!, 8000));
      expect(Math.abs(file.durationMs - 12_000)).toBeLessThan(100);
      expect(file.quality.SilenceMs).toBeGreaterThan(1000);
      expect(file.quality.SilenceMs).toBeLessThan(9500);
    });

    test('a picture none of whose segments is left leaves the sound', async () => {
      const file = await withSpool('02', async (files) => {
        for (const video of files.slice(2)) await rm(video);
      });
      expect(Math.abs(file.durationMs - 12_000)).toBeLessThan(100);
    });

    test('no segment at all is a failure that no retry heals', async () => {
      const producing = withSpool('00', async (files) => {
        for (const file of files) await rm(file);
      });
      await expect(producing).rejects.toMatchObject({ code: 'ConvertFailed', retryable: false });
    });

    test('leftovers of an earlier attempt are replaced and none are left', async () => {
      await mkdir(path.join(outDir(), '000001.mp3.work', 'deep'), { recursive: true });
      await writeFile(path.join(outDir(), '000001.mp3'), 'half');
      const first = await produceFile(planOf('00'), { spoolDir: spool.dir, outDir: outDir() });
      const second = await produceFile(planOf('00'), { spoolDir: spool.dir, outDir: outDir() });
      expect(second).toEqual(first);
      expect(await readdir(outDir())).toEqual(['000001.mp3']);
    });

    test('another that still makes the same file, taken for dead, takes nothing from this one when it ends', async () => {
      const where = { spoolDir: spool.dir, outDir: path.join(outDir(), 'twice') };
      const hanging = path.join(spool.dir, 'hanging-ffmpeg');
      await writeFile(
        hanging,
        '#!/bin/sh\ncase "$*" in *delivery*) touch "$0.begun"; exec sleep 60;; esac\nexec ffmpeg "$@"\n',
        { mode: 0o755 },
      );
      const abort = new AbortController();
      const first = produceFile(planOf('00'), { ...where, ffmpegPath: hanging, signal: abort.signal });
      const firstEnds = expect(first).rejects.toThrow('lost');
      while (!(await readdir(spool.dir)).includes('hanging-ffmpeg.begun')) await setTimeout(10);
      const options = { ...where, ffmpegPath: 'ffmpeg', onProgress: () => abort.abort(new Error('lost')) };
      await expect(produceFile(planOf('00'), options)).resolves.toMatchObject({
        endMs: planOf('00').endMs,
      });
      await firstEnds;
      expect(await readdir(where.outDir)).toEqual(['000001.mp3']);
    });

    test.each(['00', '02'] as const)('mode %s: aborted, it leaves nothing behind', async (mode) => {
      const abort = new AbortController();
      const reason = new Error('drained');
      const options = { spoolDir: spool.dir, outDir: path.join(outDir(), mode), signal: abort.signal };
      const producing = produceFile(planOf(mode), { ...options, onProgress: () => abort.abort(reason) });
      await expect(producing).rejects.toBe(reason);
      expect(await readdir(options.outDir)).toEqual([]);
    });
  });
});
