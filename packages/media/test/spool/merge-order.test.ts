import { expect, test } from '@jest/globals';
import { silentLogger } from '@trtc-recorder/runtime';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeSpools, type JournalEntry } from '../../src/spool/index.ts';

const T0 = 1_760_000_000_000;
const MINE = 'a'.repeat(16);
const OTHER = 'b'.repeat(16);

const journal = (spool: string, ...takes: readonly [worker: string, at: number][]): string =>
  [
    { type: 'recording', at: T0, version: 1, spool } satisfies JournalEntry,
    ...takes.map(([worker, at], index): JournalEntry => ({
      ...{ type: 'take', at: T0 + at, take: index + 1, worker, mode: '02', aheadMs: 0 },
    })),
  ]
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('');

test('takes of a machine whose clock was set back between them keep their order when others are put among them', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'merge-'));
  const source = join(dir, 'restored');
  try {
    await mkdir(source);
    await writeFile(join(dir, 'journal.ndjson'), journal(MINE, ['w1', 20_000], ['w1', 11_000]));
    await writeFile(join(source, 'journal.ndjson'), journal(OTHER, ['w2', 15_000], ['w2', 50_000]));
    await mergeSpools(dir, [{ spool: OTHER, dir: source, takes: 2, whole: true, until: T0 + 60_000 }], silentLogger());
    const lines = (await readFile(join(dir, 'journal.ndjson'), 'utf8')).trim().split('\n');
    const takes = lines.map((line) => JSON.parse(line) as JournalEntry).filter((entry) => entry.type === 'take');
    expect(takes.map(({ worker, at }) => [worker, at - T0])).toEqual([
      ['w2', 15_000],
      ['w1', 20_000],
      ['w1', 11_000],
      ['w2', 50_000],
    ]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
