import { appendFile, mkdtemp, open, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@trtc-recorder/runtime';
import fc from 'fast-check';
import { openSpool } from '../../src/index.ts';
import { walkMatroska } from '../../src/spool/segment/matroska-walk.ts';
import { MatroskaWriter } from '../../src/spool/segment/matroska-writer.ts';
import { trimInPlace } from '../../src/spool/segment/recover-segment.ts';
import { packetTimes, pick } from './judge-segments.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'recovery-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A segment of Opus packets of different lengths every 400 ms, so that it has several clusters; where each block ends. */
const segment = (packets: number) => {
  const chunks: Uint8Array[] = [];
  const size = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const writer = new MatroskaWriter({ codec: 'opus' }, (bytes) => chunks.push(bytes));
  const header = size();
  const ends = Array.from({ length: packets }, (_, index) => {
    writer.add({ data: Buffer.alloc(4 + index * 7, 15 << 3), key: true, ms: index * 400 });
    return size();
  });
  return { bytes: Buffer.concat(chunks), header, ends };
};

describe('a file that breaks off anywhere', () => {
  test('is cut after its last whole block', async () => {
    const { bytes, ends } = segment(40);
    const file = join(dir, 'cut.mkv');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (length) => {
        await writeFile(file, bytes.subarray(0, length));
        const whole = ends.filter((end) => end <= length);
        const contents = await trimInPlace(file);
        if (whole.length === 0) {
          expect(contents).toBe('empty');
          return;
        }
        expect(contents).toMatchObject({ frames: whole.length, end: whole.at(-1), lastMs: (whole.length - 1) * 400 });
        expect((await readFile(file)).equals(bytes.subarray(0, whole.at(-1)))).toBe(true);
      }),
      { numRuns: 150, examples: [[0], [bytes.length], [bytes.length - 1]] },
    );
  });

  test('is a file that ffprobe reads to the end', async () => {
    const { bytes, ends } = segment(40);
    const file = join(dir, 'cut.mkv');
    await writeFile(file, bytes.subarray(0, ends[29]! + 5));
    await trimInPlace(file);
    expect(await packetTimes(file)).toEqual(Array.from({ length: 30 }, (_, index) => index * 400));
  });

  test('whatever its bytes are, the walk ends', async () => {
    const { bytes } = segment(5);
    const file = join(dir, 'damaged.mkv');
    const damage = fc.array(fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 })));
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        await writeFile(file, damaged);
        const handle = await open(file);
        const contents = await walkMatroska(handle);
        await handle.close();
        expect(contents?.end ?? 0).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 150 },
    );
  });
});

/** A spool as a worker leaves it that is killed in its first segment of one track, `lines` of its journal more. */
const killedSpool = async (...lines: object[]) => {
  await openSpool({ dir, logger: silentLogger() });
  const track = { take: 1, track: 1, userId: 'ann', stream: 'main', kind: 'audio', codec: 'opus', clockRate: 48_000 };
  const entries = [
    { type: 'take', take: 1, worker: 'w1', mode: '00' },
    { type: 'track', ...track, ssrc: 1, tap: 1 },
    { type: 'clock', track: 1, rtp: 1000, receivedAt: 5 },
    { type: 'segment-open', track: 1, segment: 1, file: '000001.mkv', codec: 'opus', firstRtp: 1000 },
    ...lines,
  ];
  const text = entries.map((entry) => `${JSON.stringify({ at: 5, ...entry })}\n`).join('');
  await appendFile(join(dir, 'journal.ndjson'), text);
  return openSpool({ dir, logger: silentLogger() });
};

const { bytes, ends } = segment(10);
const part = () => join(dir, '000001.mkv.part');
const closed = () => join(dir, '000001.mkv');
const whole = {
  ...{ type: 'segment', track: 1, segment: 1, file: '000001.mkv', codec: 'opus', firstRtp: 1000 },
  ...{ lastRtp: 1000 + 9 * 400 * 48, frames: 10, keyFrames: 10, frameTicks: 960, bytes: ends[9], recovered: true },
};

test.each([
  ['in the middle of a block', () => writeFile(part(), Buffer.concat([bytes, Buffer.of(0xa3, 0x10, 0)]))],
  ['between two blocks', () => writeFile(part(), bytes)],
  [
    'and then in the recovery, while it copied',
    async () => {
      await writeFile(part(), bytes);
      await writeFile(`${part()}.tmp`, bytes.subarray(0, 100));
    },
  ],
  ['and then in the recovery, between the copy and its name', () => writeFile(part(), bytes)],
  ['after the segment got its name, before it was journaled', () => writeFile(closed(), bytes)],
])('killed %s: the segment is whole, once', async (_, leave) => {
  const spool = await killedSpool();
  await leave();
  for (let time = 0; time < 2; time += 1) {
    await spool.recover();
    const journal = await spool.journal();
    expect(pick(journal, 'segment')).toMatchObject([whole]);
    expect(pick(journal, 'track-end')).toMatchObject([{ track: 1, rtp: whole.lastRtp, cause: 'killed' }]);
    expect(pick(journal, 'take-end')).toMatchObject([{ take: 1, reason: 'killed' }]);
    expect((await readFile(closed())).equals(bytes)).toBe(true);
    expect((await readdir(dir)).toSorted()).toEqual(['000001.mkv', 'ballast', 'journal.ndjson']);
  }
});

test('killed between the segment and the end of its track: only the ends are missing', async () => {
  const spool = await killedSpool({ ...whole, recovered: undefined });
  await writeFile(closed(), bytes);
  await spool.recover();
  const journal = await spool.journal();
  expect(pick(journal, 'segment')).toHaveLength(1);
  expect(pick(journal, 'track-end')).toMatchObject([{ rtp: whole.lastRtp }]);
});

test.each([
  ['never came to be', () => Promise.resolve(), []],
  ['is empty', () => writeFile(part(), ''), []],
  ['has no whole block', () => writeFile(part(), bytes.subarray(0, ends[0]! - 1)), []],
  ['is no Matroska', () => writeFile(part(), 'something else entirely, of some length'), ['000001.mkv.part']],
])('a segment that %s is a gap', async (_, leave, left) => {
  const spool = await killedSpool();
  await leave();
  for (let time = 0; time < 2; time += 1) {
    await spool.recover();
    const journal = await spool.journal();
    expect(pick(journal, 'gap')).toMatchObject([{ track: 1, segment: 1, cause: 'segment-lost', fromRtp: 1000 }]);
    expect(pick(journal, 'segment')).toEqual([]);
    expect((await readdir(dir)).filter((name) => name.includes('mkv'))).toEqual(left);
  }
});

test('a torn last line is left out, and what is appended begins a line of its own', async () => {
  const spool = await killedSpool();
  await writeFile(part(), bytes);
  await appendFile(join(dir, 'journal.ndjson'), '{"type":"clock","at":7,"tra');
  await spool.recover();
  expect(pick(await spool.journal(), 'segment')).toMatchObject([whole]);
  const text = await readFile(join(dir, 'journal.ndjson'), 'utf8');
  expect(text).toContain('{"type":"clock","at":7,"tra\n{"at":');
});

test('segments are strays when the journal has no line of their own, or of their track', async () => {
  const spool = await killedSpool();
  await writeFile(part(), bytes);
  await spool.recover();
  expect(await spool.strays()).toEqual([]);
  await writeFile(join(dir, '000007.mkv'), bytes);
  expect(await spool.strays()).toEqual(['000007.mkv']);
  const journal = join(dir, 'journal.ndjson');
  const damaged = (await readFile(journal, 'utf8')).replace('"type":"track"', '"type":"tr\u0000ck"');
  await writeFile(journal, damaged);
  expect((await spool.strays()).sort()).toEqual(['000001.mkv', '000007.mkv']);
});

test('numbers are not used again, even those of files the journal does not know', async () => {
  const spool = await killedSpool();
  await writeFile(part(), bytes);
  await writeFile(join(dir, '000007.mkv.part'), bytes);
  const take = await spool.startTake({ worker: 'w2', mode: '00', onFault: (error) => expect(error).toBeUndefined() });
  const data = Uint8Array.of(15 << 3, 1);
  const ids = { userId: 'ann', stream: 'main', kind: 'audio', codec: 'opus', tap: 1, ssrc: 1 } as const;
  take.frame({ ...ids, key: true, rtpTimestamp: 0, receivedAt: Date.now(), data });
  await take.close('stopped');
  const journal = await spool.journal();
  expect(pick(journal, 'take').map(({ take: number }) => number)).toEqual([1, 2]);
  expect(pick(journal, 'track').map(({ track }) => track)).toEqual([1, 2]);
  expect(pick(journal, 'segment').map(({ segment: number }) => number)).toEqual([1, 8]);
});

test('a worker that was taken for dead stops at once, and harms nothing', async () => {
  const first = await openSpool({ dir, logger: silentLogger() });
  const faults: string[] = [];
  const frame = (index: number) => ({
    ...({ userId: 'ann', stream: 'main', kind: 'audio', codec: 'opus', tap: 1, ssrc: 1, key: true } as const),
    ...{ rtpTimestamp: index * 960, sequenceNumber: index, receivedAt: Date.now() + index * 20 },
    data: Uint8Array.of(15 << 3, 1),
  });
  const lost = await first.startTake({ worker: 'w1', mode: '00', onFault: ({ code }) => faults.push(code) });
  for (let index = 0; index < 100; index += 1) lost.frame(frame(index));
  const written = () =>
    stat(join(dir, '000001.mkv.part')).then(
      ({ size }) => size > 0,
      () => false,
    );
  while (!(await written())) await new Promise((resolve) => setTimeout(resolve, 10));

  const second = await openSpool({ dir, logger: silentLogger() });
  const take = await second.startTake({
    worker: 'w2',
    mode: '00',
    onFault: ({ code }) => faults.push(`second ${code}`),
  });
  const recovered = await readFile(closed());
  for (let index = 100; index < 1000; index += 1) lost.frame(frame(index));
  take.frame(frame(2000));
  await take.close('stopped');
  await lost.close('stopped');

  expect(faults).toEqual(['SpoolTaken']);
  expect((await readFile(closed())).equals(recovered)).toBe(true);
  const journal = await second.journal();
  expect(pick(journal, 'segment').map(({ segment: number, frames }) => [number, frames])).toEqual([
    [1, 100],
    [2, 1],
  ]);
  expect(pick(journal, 'take-end').map(({ take: number, reason }) => [number, reason])).toEqual([
    [1, 'killed'],
    [2, 'stopped'],
  ]);
});

test('a worker that was taken for dead begins no take over the one that has the spool, unless the queue says it may', async () => {
  const audio = (index: number) => ({
    ...({ userId: 'ann', stream: 'main', kind: 'audio', codec: 'opus', tap: 1, ssrc: 1, key: true } as const),
    ...{ rtpTimestamp: index * 960, sequenceNumber: index, receivedAt: Date.now() + index * 20 },
    data: Uint8Array.of(15 << 3, 1),
  });
  const faults: string[] = [];
  const options = (worker: string) => ({
    worker,
    mode: '00' as const,
    onFault: ({ code }: { code: string }) => faults.push(`${worker} ${code}`),
  });
  const first = await openSpool({ dir, logger: silentLogger() });
  await (await first.startTake(options('w1'))).close('crashed');
  const second = await openSpool({ dir, logger: silentLogger() });
  const take = await second.startTake(options('w2'));
  for (let index = 0; index < 100; index += 1) take.frame(audio(index));

  await expect(first.startTake(options('w1'))).rejects.toMatchObject({ code: 'SpoolTaken' });
  await expect(first.startTake(options('w1'))).rejects.toMatchObject({ code: 'SpoolTaken' });
  for (let index = 100; index < 200; index += 1) take.frame(audio(index));
  await take.close('crashed');
  expect(faults).toEqual([]);
  const frames = pick(await second.journal(), 'segment').map(({ frames: count }) => count);
  expect(frames.reduce((sum, count) => sum + count, 0)).toBe(200);

  await first.claim();
  await (await first.startTake(options('w1'))).close('stopped');
  await expect(second.startTake(options('w2'))).rejects.toMatchObject({ code: 'SpoolTaken' });
  expect(pick(await second.journal(), 'take-end').map(({ take: number, reason }) => [number, reason])).toEqual([
    [1, 'crashed'],
    [2, 'crashed'],
    [3, 'stopped'],
  ]);
});
