import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Fate } from '@trtc-recorder/queue';
import { ReceiptFiles } from '../src/disk/receipts.ts';
import { fakeJob, recording } from './fakes.ts';

const DAY = 86_400_000;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'receipts-'));
});
afterEach(() => rm(root, { recursive: true }));

const delivered = () => fakeJob({ step: 'upload', takes: 1, reason: 'banned', delivered: true });
const kept = () => readdir(path.join(root, '.delivered'));

test('a receipt is found by whoever has the disk, as it was kept', async () => {
  const job = delivered();
  await new ReceiptFiles(root).keep(job);
  expect(await new ReceiptFiles(root).find({ recording })).toEqual(job.state);
  expect(await kept()).toEqual(['r1.json']);
});

test('one of an earlier recording with the same RequestId says nothing of this one', async () => {
  await new ReceiptFiles(root).keep(delivered());
  const repeated = { ...recording, submittedAt: recording.submittedAt + 1 };
  expect(await new ReceiptFiles(root).find({ recording: repeated })).toBeNull();
});

test.each([
  ['is not there', null],
  ['is torn', '{"submittedAt":0,"sta'],
  ['is no receipt', '{}'],
])('one that %s is none', async (_, text) => {
  const receipts = new ReceiptFiles(root);
  await receipts.keep(delivered());
  const file = path.join(root, '.delivered', 'r1.json');
  if (text === null) await rm(file);
  else await writeFile(file, text);
  expect(await receipts.find({ recording })).toBeNull();
});

test.each<[string, Fate, number, string[]]>([
  ['younger than a day stay', 'delivered', DAY - 1_000, ['r1.json']],
  ['a day old go', 'delivered', DAY, []],
  ['go too when Redis knows nothing of it', 'unknown', DAY, []],
  ['stay while Redis says that it is under way', 'live', 3 * DAY, ['r1.json']],
])('receipts %s', async (_, fate, age, left) => {
  const receipts = new ReceiptFiles(root);
  await receipts.keep(delivered());
  const then = new Date('2026-01-01T00:00:00Z');
  await utimes(path.join(root, '.delivered', 'r1.json'), then, then);
  await receipts.sweep((requestId) => Promise.resolve(requestId === 'r1' ? fate : 'live'), then.getTime() + age);
  expect(await kept()).toEqual(left);
});

test('there are none to go through before the first', async () => {
  await expect(new ReceiptFiles(root).sweep(() => Promise.resolve('live'), Date.now())).resolves.toBeUndefined();
});
