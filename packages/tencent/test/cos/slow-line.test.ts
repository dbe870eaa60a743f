import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { silentLogger } from '@trtc-recorder/runtime';
import { startCos, type Cos } from '@trtc-recorder/sandbox';
import { createObjectStore, staticCredentials, type ObjectStore, type UploadRequest } from '@trtc-recorder/tencent';
import { startSlowLine, type SlowLine, type SlowLineOptions } from '../helpers/slow-line.ts';

const MIB = 1024 * 1024;
const bucket = 'rec-1250000000';
const region = 'ap-guangzhou';
const key = { secretId: 'AKIDowner', secretKey: 'owner-key' };
const putter = { secretId: 'AKIDputter', secretKey: 'putter-key', allow: ['PutObject' as const] };

let dir: string;
let cos: Cos;
const lines: SlowLine[] = [];
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-slow-'));
  cos = await startCos({
    host: '127.0.0.1',
    port: 0,
    dataDir: path.join(dir, 'cos'),
    credentials: (id) => [key, putter].find(({ secretId }) => secretId === id),
    buckets: [{ name: bucket, region }],
    logger: silentLogger(),
  });
});
afterEach(async () => {
  cos.faults.clear();
  await Promise.all(lines.splice(0).map((line) => line.close()));
});
afterAll(async () => {
  await cos.close();
  await rm(dir, { recursive: true });
});

const line = async (options: Omit<SlowLineOptions, 'to'>): Promise<SlowLine> => {
  const slow = await startSlowLine({ to: cos.port, ...options });
  lines.push(slow);
  return slow;
};
const storeOver = ({ port }: { port: number }, silenceMs: number, partSize = 8 * MIB): ObjectStore =>
  createObjectStore({
    endpoint: { ip: `127.0.0.1:${port}`, protocol: 'http:' },
    partSize,
    concurrency: 3,
    requestTimeoutMs: silenceMs,
    logger: silentLogger(),
  });
let number = 0;
async function file(size: number, keys = key): Promise<UploadRequest & { bytes: Buffer }> {
  const bytes = randomBytes(size);
  const name = path.join(dir, `file-${(number += 1)}`);
  await writeFile(name, bytes);
  const { secretId, secretKey } = keys;
  const credentials = staticCredentials({ secretId, secretKey });
  return { file: name, bytes, bucket, region, key: `slow/${number}.mp4`, contentType: 'video/mp4', credentials };
}
async function expectStored({ key: name, bytes }: { key: string; bytes: Buffer }): Promise<void> {
  expect((await readFile(path.join(dir, 'cos', bucket, name))).equals(bytes)).toBe(true);
}

/** As the worker repeats it; gives how many attempts it took. */
async function inRounds(store: ObjectStore, upload: UploadRequest): Promise<number> {
  for (let rounds = 1; rounds < 20; rounds += 1)
    try {
      await store.upload(upload);
      return rounds;
    } catch (error) {
      expect(error).toMatchObject({ code: 'CosUnavailable', retryable: true });
    }
  throw new Error('it does not get through');
}

describe('a slow line delays an upload and does not fail it', () => {
  // Each takes several times as long as silence is borne at first: 10 s at 200 kB/s, 5 s at 20 kB/s.
  test.each([
    ['2 MB in one PUT at 200 kB/s', 2_000_000, 200_000, key, 8 * MIB],
    ['2 MB in parts at 200 kB/s', 2_000_000, 200_000, key, MIB],
    ['2 MB with keys that may only put, at 200 kB/s', 2_000_000, 200_000, putter, MIB],
    ['100 kB at 20 kB/s', 100_000, 20_000, key, 8 * MIB],
  ])(
    '%s',
    async (_, size, bytesPerSecond, keys, partSize) => {
      const slow = await line({ bytesPerSecond });
      const upload = await file(size, keys);
      // The kernel of the line takes some 100 kB at once: what waits there looks like silence.
      expect(await inRounds(storeOver(slow, 2_000, partSize), upload)).toBeLessThan(5);
      await expectStored(upload);
    },
    120_000,
  );
});

test('a line that breaks each connection off after 1.5 MB gets a file of 5 MB through, in smaller parts', async () => {
  const fragile = await line({ bytesPerSecond: 20_000_000, breakAfterBytes: 1_500_000 });
  const upload = await file(5 * MIB);
  expect(await inRounds(storeOver(fragile, 5_000), upload)).toBeLessThan(11);
  await expectStored(upload);
}, 60_000);

test('a dead line is noticed by its silence, and the next attempt goes on with what is stored', async () => {
  const store = storeOver({ port: cos.port }, 500, MIB);
  const upload = await file(6 * MIB);
  cos.faults.add({ fault: 'stall', operation: 'UploadPart', ms: 60_000, after: 3, times: 99 });
  await expect(store.upload(upload)).rejects.toMatchObject({
    code: 'CosUnavailable',
    message: expect.stringMatching(/^PUT: nothing went to COS or came from it within 500 ms/),
  });
  cos.faults.clear();
  const counter = cos.faults.add({ fault: 'delay', ms: 0, operation: 'UploadPart', times: 99 });
  await store.upload(upload);
  expect(cos.faults.list().find(({ id }) => id === counter.id)?.struck).toBe(3);
  await expectStored(upload);
});

test('larger parts that are stored stay, and smaller ones follow', async () => {
  const upload = await file(11 * MIB);
  cos.faults.add({ fault: 'reset', operation: 'UploadPart', after: 2, times: 99 });
  const store = createObjectStore({
    ...{ endpoint: { ip: `127.0.0.1:${cos.port}`, protocol: 'http:' as const }, concurrency: 1 },
    ...{ partSize: 4 * MIB, requestTimeoutMs: 5_000, logger: silentLogger() },
  });
  await expect(store.upload(upload)).rejects.toMatchObject({ code: 'CosUnavailable' });
  cos.faults.clear();
  const counter = cos.faults.add({ fault: 'delay', ms: 0, operation: 'UploadPart', times: 99 });
  await store.upload(upload);
  // 3 MiB are left, in parts of 1 MiB.
  expect(cos.faults.list().find(({ id }) => id === counter.id)?.struck).toBe(3);
  await expectStored(upload);
});
