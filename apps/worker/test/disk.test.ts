import { access, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fate } from '@trtc-recorder/queue';
import { silentLogger, type AppError } from '@trtc-recorder/runtime';
import { derivedFloor, SizesSeen } from '../src/disk/floor.ts';
import { LiveTakes } from '../src/disk/live-takes.ts';
import { bytesFor, roomForFiles } from '../src/disk/room-for-files.ts';
import { Sweep, type SweepOptions } from '../src/disk/sweep.ts';
import type { Files } from '../src/ports.ts';
import { fakePorts, plan, produced } from './fakes.ts';

const MB = 1_000_000;
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 31);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'disk-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('the floor', () => {
  test.each([
    ['nothing seen, nothing running: half an hour of one', 0, [], 0.6 * 1000, 0.8 * 1000],
    ['two running need room for their files', 0, [500, 1_500], 5.4 * 1000, 5.8 * 1000],
    ['recordings twice as big as assumed', 2, [], 1 * 1000, 1.3 * 1000],
  ])('%s', (_, seenTwiceForDays, running, fromMb, toMb) => {
    const sizes = new SizesSeen();
    if (seenTwiceForDays > 0) sizes.add(500_000 * 86_400 * seenTwiceForDays, 86_400 * seenTwiceForDays);
    const floor =
      derivedFloor(
        sizes.rate,
        running.map((mb) => mb * MB),
      ) / MB;
    expect(floor).toBeGreaterThan(fromMb);
    expect(floor).toBeLessThan(toMb);
  });
});

test('a take ends while its files can still be made, the biggest first, and is told once', async () => {
  const takes = new LiveTakes(new SizesSeen());
  const spools = takes.watched({
    open: (requestId) =>
      Promise.resolve({
        dir: path.join(root, requestId),
        name: '00000000000000aa',
        startTake: () => Promise.resolve(takeOf(requestId === 'big' ? 100 * MB : 10 * MB)),
        claim: () => Promise.resolve(),
        keepEnding: () => Promise.resolve(),
        recover: () => Promise.resolve(),
        journal: () => Promise.resolve([]),
        strays: () => Promise.resolve([]),
        remove: () => Promise.resolve(),
      }),
  });
  const faults: string[] = [];
  const start = async (id: string) =>
    (await spools.open(id)).startTake({
      worker: 'w',
      mode: '02',
      onFault: ({ code, message }: AppError) => faults.push(`${id} ${code}: ${message}`),
    });
  const big = await start('big');
  await start('small');
  takes.endThoseOutOfRoom(300 * MB);
  expect(faults).toEqual([]);
  takes.endThoseOutOfRoom(200 * MB);
  expect(faults).toEqual([expect.stringMatching(/^big SpoolFull: the disk is running full: 200 MB are left/)]);
  await big.close('spool_full');
  takes.endThoseOutOfRoom(30 * MB);
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['big', 'small']);
  expect(takes.bytes).toEqual([10 * MB]);
});

const takeOf = (bytes: number) => ({
  number: 1,
  frame: () => undefined,
  event: () => undefined,
  ended: () => undefined,
  stats: () => ({ anchors: 1, bytes, frames: 1, openTracks: 1 }),
  close: () => Promise.resolve(),
});

describe('making files', () => {
  const plans = ['anna', 'bob'].map((userId, index) => ({
    ...plan(userId),
    audio: [],
    video: [{ file: `${index}.mkv` }],
  })) as unknown as ReturnType<typeof plan>[];
  const { signal } = new AbortController();
  const segments = () =>
    Promise.all([0, 1].map((index) => writeFile(path.join(root, `${index}.mkv`), Buffer.alloc(5 * MB))));
  /** Files that are only made when told, with the number of those under way. */
  const slowFiles = () => {
    const under: (() => void)[] = [];
    const files: Files = {
      ...fakePorts().files,
      produce: async (p) => {
        await new Promise<void>((resolve) => under.push(resolve));
        return produced(p);
      },
    };
    return { files, under };
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

  test.each([
    ['side by side where there is room', 100, 2],
    ['one after the other where there is not', 15, 1],
  ])('%s', async (_, freeMb, atOnce) => {
    await segments();
    const { files, under } = slowFiles();
    const roomy = roomForFiles(files, () => Promise.resolve(freeMb * MB));
    const made = Promise.all(plans.map((p) => roomy.produce(p, root, signal)));
    while (under.length < atOnce) await settled();
    await settled();
    expect(under).toHaveLength(atOnce);
    under[0]!();
    while (under.length < 2) await settled();
    under[1]!();
    expect((await made).map(({ path: file }) => path.basename(file))).toEqual(['anna.mp4', 'bob.mp4']);
  });

  test('one that does not fit alone is not begun, and may be tried later', async () => {
    await segments();
    expect(await bytesFor(plans[0]!, root)).toBeGreaterThan(12 * MB);
    const { files, under } = slowFiles();
    const roomy = roomForFiles(files, () => Promise.resolve(9 * MB));
    await expect(roomy.produce(plans[0]!, root, signal)).rejects.toMatchObject({
      code: 'SpoolFull',
      retryable: true,
      message: expect.stringMatching(/needs 12 MB, and 9 MB are free/),
    });
    expect(under).toEqual([]);
  });
});

describe('going through the spools', () => {
  const spool = async (name: string, ageDays: number): Promise<void> => {
    const dir = path.join(root, name);
    await mkdir(path.join(dir, 'files'), { recursive: true });
    await writeFile(path.join(dir, '000001.mkv'), Buffer.alloc(1000));
    const journal = path.join(dir, 'journal.ndjson');
    await writeFile(journal, '');
    await utimes(journal, NOW / 1000, (NOW - ageDays * DAY) / 1000);
  };
  const isThere = (name: string) =>
    access(path.join(root, name)).then(
      () => true,
      () => false,
    );
  const sweepWith = (fateOf: SweepOptions['fateOf'], change: Partial<SweepOptions> = {}) => {
    const usual = { retentionMs: 7 * DAY, keepDelivered: false, now: () => NOW };
    return new Sweep({ root, fateOf, ...usual, ...change, logger: silentLogger() });
  };

  test.each<[fate: Fate, keepDelivered: boolean, stays: boolean]>([
    ['live', false, true],
    ['delivered', false, false],
    ['delivered', true, true],
    ['undelivered', false, true],
    ['unknown', false, true],
  ])('%s, KEEP_SPOOL %s, however old: stays %s', async (fate, keepDelivered, stays) => {
    await spool('r1', 400);
    const found = await sweepWith(() => Promise.resolve(fate), { keepDelivered }).run();
    expect(await isThere('r1')).toBe(stays);
    expect(found.fates[fate]).toBe(stays ? 1 : 0);
    expect(found.bytes > 0).toBe(stays);
  });

  describe('one that is left over is kept for an hour of looks at it,', () => {
    const MINUTE = 60_000;
    let now = NOW;
    let fate: Fate = 'undelivered';
    const start = () => sweepWith(() => Promise.resolve(fate), { retentionMs: 60 * MINUTE, now: () => now });
    const look = async (sweep: Sweep, minutes: number) => {
      now += minutes * MINUTE;
      await sweep.run();
      return isThere('r1');
    };
    beforeEach(async () => {
      [now, fate] = [NOW, 'undelivered'];
      await spool('r1', 30);
    });

    test('not for one since it was written', async () => {
      const sweep = start();
      for (let looks = 0; looks < 6; looks += 1) expect(await look(sweep, 10)).toBe(true);
      expect(await look(sweep, 10)).toBe(false);
    });
    test('whatever the clock says between two of them, and over restarts', async () => {
      expect(await look(start(), 0)).toBe(true);
      expect(await look(start(), 30 * 24 * 60)).toBe(true);
      expect(await look(start(), -30 * 24 * 60)).toBe(true);
      expect(await look(start(), 20)).toBe(true);
      expect(await look(start(), 20)).toBe(false);
    });
    test('and anew once somebody has it or writes to it', async () => {
      const sweep = start();
      for (let looks = 0; looks < 4; looks += 1) await look(sweep, 10);
      fate = 'live';
      await look(sweep, 20);
      fate = 'unknown';
      for (let looks = 0; looks < 3; looks += 1) expect(await look(sweep, 20)).toBe(true);
      const journal = path.join(root, 'r1', 'journal.ndjson');
      await utimes(journal, now / 1000, now / 1000 + 60);
      for (let looks = 0; looks < 3; looks += 1) expect(await look(sweep, 20)).toBe(true);
      expect(await look(sweep, 20)).toBe(false);
    });
  });

  test('what a crash left of the making or the removal of a spool goes like a spool, unless its recording is alive', async () => {
    const half = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';
    const others = '2b4e28ba-2fa1-11d2-883f-0016d3cca427';
    await mkdir(path.join(root, half));
    await writeFile(path.join(root, half, 'ballast'), '');
    await writeFile(path.join(root, half, '000001.mkv'), '');
    await mkdir(path.join(root, others));
    await writeFile(path.join(root, others, 'thesis.txt'), '');
    for (const [fate, stays] of [
      ['live', true],
      ['unknown', true],
      ['delivered', false],
    ] as const) {
      await sweepWith(() => Promise.resolve(fate)).run();
      expect(await isThere(half)).toBe(stays);
    }
    expect(await isThere(others)).toBe(true);
  });

  test('what became of a spool with something in it is asked by its name: another may have been delivered instead', async () => {
    await spool('r1', 1);
    const line = { type: 'recording', at: 0, version: 1, spool: '0123456789abcdef' };
    await writeFile(path.join(root, 'r1', 'journal.ndjson'), `${JSON.stringify(line)}\n`);
    const asked: unknown[] = [];
    const look = async () => {
      await sweepWith((...question) => {
        asked.push(question[1]?.name);
        return Promise.resolve('live');
      }).run();
    };
    await look();
    await rm(path.join(root, 'r1', '000001.mkv'));
    await look();
    expect(asked).toEqual(['0123456789abcdef', undefined]);
  });

  test('each is asked for right before it goes: one that begins meanwhile stays', async () => {
    for (const name of ['a', 'b', 'c']) await spool(name, 30);
    const asked: string[] = [];
    await sweepWith(async (id) => {
      // By now all that were asked for before are gone already.
      expect((await Promise.all(asked.map(isThere))).includes(true)).toBe(false);
      asked.push(id);
      return 'delivered';
    }).run();
    expect(asked.sort()).toEqual(['a', 'b', 'c']);
  });

  test('nothing is removed while Redis cannot be asked', async () => {
    await spool('r1', 400);
    await expect(sweepWith(() => Promise.reject(new Error('Redis is away'))).run()).rejects.toThrow('away');
    expect(await isThere('r1')).toBe(true);
  });

  test('what is no spool stays, and is not asked for', async () => {
    await mkdir(path.join(root, 'lost+found'));
    await writeFile(path.join(root, 'notes.txt'), '');
    await sweepWith(() => Promise.reject(new Error('not to be asked'))).run();
    expect([await isThere('lost+found'), await isThere('notes.txt')]).toEqual([true, true]);
  });
});
