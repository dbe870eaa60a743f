import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Block } from '../../src/spool/segment/block-times.ts';
import { readHead } from '../../src/spool/segment/matroska-head.ts';
import { readBlocks } from '../../src/spool/segment/matroska-reader.ts';
import { walkMatroska } from '../../src/spool/segment/matroska-walk.ts';
import { MatroskaWriter } from '../../src/spool/segment/matroska-writer.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'matroska-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const BLOCKS = 900;
const STEP_MS = 20;
const LAST_MS = (BLOCKS - 1) * STEP_MS;

/** What a block holds says which it is. */
const payload = (index: number): Buffer => Buffer.alloc(60, `${index}.`);

/** 18 s of sound, in four clusters, and where each block ends. */
const segment = (): { bytes: Buffer; ends: number[] } => {
  const parts: Uint8Array[] = [];
  const writer = new MatroskaWriter({ codec: 'opus' }, (bytes) => void parts.push(bytes));
  const ends = Array.from({ length: BLOCKS }, (_, index) => {
    writer.add({ data: payload(index), key: true, ms: index * STEP_MS });
    return parts.reduce((sum, part) => sum + part.length, 0);
  });
  return { bytes: Buffer.concat(parts), ends };
};
const { bytes, ends } = segment();

const read = async (damaged: Buffer, end = damaged.length): Promise<Block[]> => {
  const file = join(dir, 'segment.mkv');
  await writeFile(file, damaged);
  const handle = await open(file);
  try {
    const blocks: Block[] = [];
    for await (const block of readBlocks(handle, { end, lastMs: LAST_MS })) blocks.push(block);
    await readHead(handle, end);
    return blocks;
  } finally {
    await handle.close();
  }
};

const indexOf = ({ data }: Block): number => Number.parseInt(Buffer.from(data).toString('latin1'), 10);
const damaged = (from: number, to: number, fill = 0): Buffer => Buffer.from(bytes).fill(fill, from, to);

test('all of a whole segment', async () => {
  const blocks = await read(bytes);
  expect(blocks.map(({ ms }) => ms)).toEqual(Array.from({ length: BLOCKS }, (_, index) => index * STEP_MS));
  expect(blocks.map(indexOf)).toEqual(Array.from({ length: BLOCKS }, (_, index) => index));
  expect(blocks.some(({ afterDamage }) => afterDamage)).toBe(false);
});

describe('a segment with a damaged stretch', () => {
  const first = ends[99]!;
  test.each([
    ['zeros', damaged(first + 30, first + 4096), 100],
    ['ones', damaged(first + 30, first + 4096, 0xff), 100],
    ['other bytes', damaged(first + 30, first + 4096, 0x55), 100],
    ['its header', damaged(0, 100), 0],
    ['one length that is too large', damaged(first + 3, first + 4, 0x7f), 100],
    ['one length that is too small', damaged(first + 4, first + 5, 1), 100],
    ['zeros over the start of a cluster', damaged(ends[230]! + 30, ends[270]! - 30), 231],
    ['the time of one block', damaged(first + 6, first + 8, 1), 100],
    ['its end', damaged(ends[880]!, bytes.length), 880],
  ])('%s: only that is lost', async (name, broken, from) => {
    const blocks = await read(broken);
    const found = new Set(blocks.map(indexOf));
    const lost = Array.from({ length: BLOCKS }, (_, index) => index).filter((index) => !found.has(index));
    expect(blocks.every((block) => block.ms === indexOf(block) * STEP_MS)).toBe(true);
    expect(lost[0] ?? from).toBeGreaterThanOrEqual(from - 1);
    // Where a cluster's start is lost nothing says when its blocks were: 250 of them.
    expect(lost.length).toBeLessThan(name.includes('cluster') ? 275 : 65);
    const next = blocks.find((block) => indexOf(block) > from);
    if (lost.length > 0 && next !== undefined && from > 0) expect(next.afterDamage).toBe(true);
  });

  test('a segment that grew at its end is read to where it was closed', async () => {
    expect(await read(Buffer.concat([bytes, Buffer.alloc(100_000)]), bytes.length)).toHaveLength(BLOCKS);
  });

  test('a segment that is shorter is read to its last whole block', async () => {
    const blocks = await read(bytes.subarray(0, ends[500]! - 5));
    expect(blocks.map(indexOf)).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });
});

const change = fc.record({
  at: fc.integer({ min: 0, max: bytes.length - 1 }),
  // What a disk loses is a sector and more.
  length: fc.oneof(fc.integer({ min: 16, max: 512 }), fc.integer({ min: 512, max: 20_000 })),
  fill: fc.oneof(
    fc.constant('zeros' as const),
    fc.integer({ min: 0, max: 255 }),
    fc.uint8Array({ minLength: 1, maxLength: 64 }),
  ),
});

test('whatever its bytes are, reading ends, lets others run, and no block is at a wrong time', async () => {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      const broken = Buffer.from(bytes);
      for (const { at, length, fill } of changes)
        broken.fill(fill === 'zeros' ? 0 : fill, at, Math.min(broken.length, at + length));
      const before = performance.now();
      const blocks = await read(broken);
      expect(performance.now() - before).toBeLessThan(2000);
      expect(blocks.every(({ ms }, index) => ms >= (blocks[index - 1]?.ms ?? 0))).toBe(true);
      const whole = blocks.filter((block) => payload(indexOf(block)).equals(block.data));
      expect(whole.filter((block) => block.ms !== indexOf(block) * STEP_MS)).toEqual([]);
    }),
    { numRuns: 200, seed: 4711 },
  );
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(20);
});

test('a segment with B-frames is read, and recovered, in decoding order with its times of showing', async () => {
  const parts: Uint8Array[] = [];
  const writer = new MatroskaWriter({ codec: 'h264', width: 320, height: 240 }, (part) => void parts.push(part));
  // I P B B P B B …, over four clusters.
  const shown = Array.from(
    { length: 301 },
    (_, index) => (index === 0 ? 0 : index + [2, -1, -1][(index - 1) % 3]!) * 60,
  );
  shown.forEach((ms, index) => writer.add({ data: payload(index), key: index === 0, ms }));
  const whole = Buffer.concat(parts);
  const file = join(dir, 'reordered.mkv');
  await writeFile(file, whole);
  const handle = await open(file);
  try {
    const lastMs = Math.max(...shown);
    const blocks: Block[] = [];
    for await (const block of readBlocks(handle, { end: whole.length, lastMs, reordered: true })) blocks.push(block);
    expect(blocks.map(({ ms }) => ms)).toEqual(shown);
    expect(blocks.some(({ afterDamage }) => afterDamage)).toBe(false);
    expect(await walkMatroska(handle)).toMatchObject({ frames: 301, lastMs, reordered: true });
  } finally {
    await handle.close();
  }
});
