import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@trtc-recorder/runtime';
import {
  createObjectStore,
  createTrtcServerApi,
  staticCredentials,
  type ObjectStoreOptions,
  type UploadRequest,
} from '@trtc-recorder/tencent';
import { startFakeServer } from '../helpers/fake-server.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const credentials = staticCredentials({ secretId: 'AKIDx', secretKey: 'key' });
const store = (change: Partial<ObjectStoreOptions>) =>
  createObjectStore({
    partSize: 1024 * 1024,
    concurrency: 3,
    requestTimeoutMs: 5_000,
    logger: silentLogger(),
    ...change,
  });
async function upload(): Promise<UploadRequest> {
  const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-network-'));
  closing.push(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, 'file'), 'content');
  const where = { bucket: 'rec-1250000000', region: 'ap-guangzhou', key: 'a.mp4' };
  return { ...where, file: path.join(dir, 'file'), contentType: 'video/mp4', credentials };
}
const at = (host: string) => ({ ip: host, protocol: 'http:' as const });

describe('Retry-After', () => {
  test.each([
    ['seconds', '30', 30_000],
    ['a date', new Date(Date.now() + 60_000).toUTCString(), 60_000],
    ['more than an hour', '86400', 3_600_000],
  ])('of COS in %s is waited for, by the SDK and by the next upload too', async (_, retryAfter, ms) => {
    const cos = await startFakeServer(() => ({ status: 503, headers: { 'retry-after': retryAfter }, body: '' }));
    closing.push(() => cos.close());
    const objects = store({ endpoint: at(cos.host) });
    const request = await upload();
    const error = await objects.upload(request).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'CosUnavailable',
      retryable: true,
      message: expect.stringMatching(/asks to be left alone for \d+ s$/),
      details: { retryAfterMs: expect.any(Number) },
    });
    const { retryAfterMs } = (error as { details: { retryAfterMs: number } }).details;
    expect(Math.abs(retryAfterMs - ms)).toBeLessThan(10_000);
    expect(cos.seen).toHaveLength(1);
    await expect(objects.upload(request)).rejects.toMatchObject({ details: { retryAfterMs: expect.any(Number) } });
    expect(cos.seen).toHaveLength(1);
    // Another bucket is not meant.
    await expect(objects.upload({ ...request, bucket: 'other-1250000000' })).rejects.toThrow();
    expect(cos.seen).toHaveLength(2);
  });

  test('of the TencentCloud API is waited for', async () => {
    const cloud = await startFakeServer(() => ({ status: 429, headers: { 'retry-after': '60' }, body: '{}' }));
    closing.push(() => cloud.close());
    const options = { credentials, region: 'ap-guangzhou', endpoint: cloud.host, protocol: 'http://' as const };
    const api = createTrtcServerApi(options);
    const dismiss = () => api.dismissRoom(1400000000, { type: 'int', id: 1 });
    await expect(dismiss()).rejects.toMatchObject({ code: 'TrtcApiUnavailable' });
    await expect(dismiss()).rejects.toMatchObject({
      code: 'TrtcApiUnavailable',
      message: expect.stringContaining('asks to be left alone for 60 s'),
    });
    expect(cloud.seen).toHaveLength(1);
  });
});

describe('a COS that cannot be reached', () => {
  test('is told with the address and its code', async () => {
    await expect(store({ endpoint: at('127.0.0.1:9') }).upload(await upload())).rejects.toMatchObject({
      code: 'CosUnavailable',
      message: expect.stringContaining('no connection: 127.0.0.1:9 ECONNREFUSED'),
    });
  });

  test('by its name is told with the name', async () => {
    await expect(store({ endpoint: at('no-such-cos.invalid:80') }).upload(await upload())).rejects.toMatchObject({
      code: 'CosUnavailable',
      message: expect.stringMatching(/host of bucket rec-1250000000 .* is not known/),
    });
  });
});

test('the real COS is asked for through the HTTPS proxy, with its login', async () => {
  const asked: string[] = [];
  const proxy = createServer()
    .on('connect', ({ url, headers }, socket) => {
      asked.push(`${url} ${headers['proxy-authorization']}`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    })
    .listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  closing.push(() => proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const through = { forHttps: `http://user:p%40ss@127.0.0.1:${port}`, forHttp: '', exempt: '' };
  await expect(store({ proxy: through }).upload(await upload())).rejects.toMatchObject({
    code: 'CosUnavailable',
    message: expect.stringContaining(`the proxy 127.0.0.1:${port} answered 403 for rec-1250000000.cos.ap-guangzhou`),
  });
  const login = Buffer.from('user:p@ss').toString('base64');
  expect(new Set(asked)).toEqual(new Set([`rec-1250000000.cos.ap-guangzhou.myqcloud.com:443 Basic ${login}`]));
});
