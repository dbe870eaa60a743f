import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@trtc-recorder/runtime';
import { startCos, type Cos } from '@trtc-recorder/sandbox';
import { createObjectStore, createSmallObjects, staticCredentials, type SmallObjects } from '@trtc-recorder/tencent';
import { startFakeServer, type Answer, type FakeServer } from './helpers/fake-server.ts';

const access = {
  bucket: 'rec-1250000000',
  region: 'ap-guangzhou',
  credentials: staticCredentials({ secretId: 'AKIDowner', secretKey: 'owner-key' }),
};
const body = Buffer.from('what a spool has grown by');

let dir: string;
let cos: Cos;
let objects: SmallObjects;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'small-objects-'));
  cos = await startCos({
    host: '127.0.0.1',
    port: 0,
    dataDir: path.join(dir, 'cos'),
    credentials: [{ secretId: 'AKIDowner', secretKey: 'owner-key' }],
    buckets: [{ name: access.bucket, region: access.region }],
    logger: silentLogger(),
  });
  objects = createSmallObjects({ endpoint: at(`127.0.0.1:${cos.port}`), requestTimeoutMs: 5_000 });
});
afterAll(async () => {
  await cos.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => cos.faults.clear());

const at = (ip: string) => ({ ip, protocol: 'http:' }) as const;

test('an object is written, found, read and removed; what is not there is null, and removing it no error', async () => {
  const key = 'spool/1';
  await objects.put({ ...access, key, body });
  expect(await objects.list({ ...access, prefix: 'spool/' })).toMatchObject([{ key, size: body.length }]);
  expect(await objects.get({ ...access, key })).toEqual(body);
  await objects.remove({ ...access, keys: [key, 'spool/never'] });
  expect(await objects.list({ ...access, prefix: 'spool/' })).toEqual([]);
  expect(await objects.get({ ...access, key })).toBeNull();
});

test('an answer that breaks off is not taken for the object', async () => {
  const key = 'spool/cut';
  await objects.put({ ...access, key, body });
  cos.faults.add({ fault: 'truncate', operation: 'GetObject', times: 99 });
  await expect(objects.get({ ...access, key })).rejects.toMatchObject({ code: 'CosUnavailable' });
});

test('an error document with status 200 is no empty list', async () => {
  await objects.put({ ...access, key: 'listed/1', body });
  cos.faults.add({ fault: 'error', status: 200, code: 'InternalError', operation: 'GetBucket' });
  const list = () => objects.list({ ...access, prefix: 'listed/' });
  await expect(list()).rejects.toMatchObject({ code: 'CosUnavailable', retryable: true });
  expect(await list()).toHaveLength(1);
});

describe('a web page with status 200, as a login of the network gives it, is no answer to', () => {
  const page = '<html><body>log in</body></html>';
  let portal: FakeServer;
  beforeAll(async () => {
    portal = await startFakeServer(() => ({ body: page, headers: { 'Content-Type': 'text/html' } }));
  });
  afterAll(() => portal.close());
  const small = () => createSmallObjects({ endpoint: at(portal.host), requestTimeoutMs: 3_000 });
  const store = () =>
    createObjectStore({
      ...{ endpoint: at(portal.host), partSize: 1024 * 1024, concurrency: 1, requestTimeoutMs: 3_000 },
      logger: silentLogger(),
    });
  const upload = async (size: number) => {
    const file = path.join(dir, `file-${size}`);
    await writeFile(file, Buffer.alloc(size));
    await store().upload({ ...access, key: 'a', file, contentType: 'video/mp4' });
  };

  test.each<[string, () => Promise<unknown>]>([
    ['a list', () => small().list({ ...access, prefix: '' })],
    ['a PUT', () => small().put({ ...access, key: 'a', body })],
    ['a GET', () => small().get({ ...access, key: 'a' })],
    ['a removal', () => small().remove({ ...access, keys: ['a'] })],
    ['the upload of a small file', () => upload(page.length)],
    ['an upload in parts', () => upload(2 * 1024 * 1024)],
    ['the abort of uploads', () => store().abortUploads({ ...access, prefix: '' })],
  ])('%s', async (_, work) => {
    await expect(work()).rejects.toMatchObject({ code: 'CosUnavailable', retryable: true });
  });
});

describe('where COS tells no CRC-64', () => {
  const etag = { ETag: '"e1"' };
  test.each<[string, Answer, object | undefined]>([
    ['a HEAD proves what a PUT stored', { body: '', headers: { ...etag, 'Content-Length': '25' } }, undefined],
    ['an object of another size is not what was sent', { body: '', headers: etag }, { code: 'CosDigestMismatch' }],
    ['an object that is not there neither', { status: 404, body: '' }, { code: 'CosDigestMismatch' }],
  ])('%s', async (_, head, error) => {
    const deployment = await startFakeServer(({ method }) => (method === 'HEAD' ? head : { body: '', headers: etag }));
    const small = createSmallObjects({ endpoint: at(deployment.host), requestTimeoutMs: 3_000 });
    const put = small.put({ ...access, key: 'a', body });
    await (error === undefined ? put : expect(put).rejects.toMatchObject(error));
    expect(deployment.seen.map(({ method }) => method)).toEqual(['PUT', 'HEAD']);
    await deployment.close();
  });
});
