import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@trtc-recorder/runtime';
import { startCos, type Cos, type CosOptions } from '@trtc-recorder/sandbox';
import { authorizationFor, cosCall, send, type Call, type Reply, type Signer } from './helpers/cos-client.ts';

const BUCKET = 'rec-1250000000';
const MIB = 1024 * 1024;
const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest();

let dir: string;
let cos: Cos;

const start = (change: Partial<CosOptions> = {}) =>
  startCos({
    host: '127.0.0.1',
    port: 0,
    dataDir: path.join(dir, 'data'),
    credentials: [
      { secretId: 'AKIDowner', secretKey: 'owner-key' },
      { secretId: 'AKIDtemporary', secretKey: 'temporary-key', sessionToken: 'token' },
      { secretId: 'AKIDexpired', secretKey: 'expired-key', sessionToken: 'token', expiresAt: 1 },
      { secretId: 'AKIDreader', secretKey: 'reader-key', allow: ['GetObject'] },
    ],
    buckets: [{ name: BUCKET, region: 'ap-guangzhou' }],
    logger: silentLogger(),
    ...change,
  });
const call = (request: Call, signer: Partial<Signer> = {}): Promise<Reply> =>
  cosCall({ port: cos.port, ...signer }, request);
const put = (key: string, body: Buffer | string, signer: Partial<Signer> = {}) =>
  call({ method: 'PUT', key, body }, signer);
const get = (key: string, headers: Record<string, string> = {}) => call({ method: 'GET', key, headers });
const xmlTexts = (reply: Reply, name: string) =>
  [...reply.text.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'g'))].map((match) => match[1]);

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-cos-'));
  cos = await start();
});
afterAll(async () => {
  await cos.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => cos.faults.clear());

describe('who may come in', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  test.each<[string, () => Partial<Signer>, number, string]>([
    ['an unknown SecretId', () => ({ secretId: 'AKIDnobody' }), 403, 'InvalidAccessKeyId'],
    ['a wrong SecretKey', () => ({ secretKey: 'x' }), 403, 'SignatureDoesNotMatch'],
    ['a signature that is over', () => ({ start: seconds() - 900, end: seconds() - 1 }), 403, 'AccessDenied'],
    [
      'a clock that runs ahead',
      () => ({ start: seconds() + 3600, end: seconds() + 7200 }),
      403,
      'RequestTimeTooSkewed',
    ],
    [
      'temporary keys without their token',
      () => ({ secretId: 'AKIDtemporary', secretKey: 'temporary-key' }),
      403,
      'InvalidToken',
    ],
    ['a key without the right', () => ({ secretId: 'AKIDreader', secretKey: 'reader-key' }), 403, 'AccessDenied'],
    ['another bucket', () => ({ host: 'other-1250000000.cos.ap-guangzhou.myqcloud.com' }), 404, 'NoSuchBucket'],
    ['another region', () => ({ host: `${BUCKET}.cos.ap-shanghai.myqcloud.com` }), 404, 'NoSuchBucket'],
    ['no bucket', () => ({ host: '127.0.0.1' }), 404, 'NoSuchBucket'],
  ])('not %s', async (_, signer, status, code) => {
    const reply = await put('a', 'x', signer());
    expect({ status: reply.status, code: reply.code }).toEqual({ status, code });
    expect(reply.headers['x-cos-request-id']).toMatch(/^\w+$/);
  });

  test('not without a signature', async () => {
    const headers = { host: `${BUCKET}.cos.ap-guangzhou.myqcloud.com` };
    expect(await send(cos.port, { method: 'GET', path: '/a', headers })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  test.each([
    ['key', { method: 'PUT', path: '/signed-other' }],
    ['method', { method: 'DELETE', path: '/signed' }],
    ['query', { method: 'PUT', path: '/signed?partNumber=2&uploadId=x' }],
  ])('not with a signature for another %s', async (_, other) => {
    const headers = { host: `${BUCKET}.cos.ap-guangzhou.myqcloud.com`, 'content-length': '0' };
    const signed: Call = { method: 'PUT', key: 'signed', query: { partNumber: '1', uploadId: 'x' } };
    const authorization = authorizationFor({ port: cos.port }, signed, headers);
    const reply = await send(cos.port, { ...other, headers: { ...headers, authorization } });
    expect(reply.code).toBe('SignatureDoesNotMatch');
  });

  test('temporary keys with their token, until they expire', async () => {
    const headers = { 'x-cos-security-token': 'token' };
    const temporary = { secretId: 'AKIDtemporary', secretKey: 'temporary-key' };
    const expired = { secretId: 'AKIDexpired', secretKey: 'expired-key' };
    expect(await call({ method: 'PUT', key: 'a', body: 'x', headers }, temporary)).toMatchObject({ status: 200 });
    expect(await call({ method: 'PUT', key: 'a', body: 'x', headers }, expired)).toMatchObject({
      code: 'ExpiredToken',
    });
  });

  test('without a list, a bucket is there from its first use on, in that region', async () => {
    const open = await start({ buckets: undefined, dataDir: path.join(dir, 'open') });
    const host = (region: string) => ({ port: open.port, host: `new-1250000000.cos.${region}.myqcloud.com` });
    expect(await put('a', 'x', host('ap-beijing'))).toMatchObject({ status: 200 });
    expect(await put('a', 'x', host('ap-shanghai'))).toMatchObject({ code: 'NoSuchBucket' });
    await open.close();
  });
});

describe('objects', () => {
  test('come back as they were put, with their digests', async () => {
    const reply = await call({
      method: 'PUT',
      key: 'dir/a.mp4',
      body: '123456789',
      headers: { 'content-type': 'video/mp4' },
    });
    const digests = { etag: `"${md5('123456789').toString('hex')}"`, 'x-cos-hash-crc64ecma': '11051210869376104954' };
    expect(reply).toMatchObject({ status: 200, headers: digests });
    expect(await get('dir/a.mp4')).toMatchObject({
      status: 200,
      text: '123456789',
      headers: { ...digests, 'content-type': 'video/mp4' },
    });
    expect(await call({ method: 'HEAD', key: 'dir/a.mp4' })).toMatchObject({
      status: 200,
      headers: { ...digests, 'content-length': '9' },
    });
    expect(await readFile(path.join(dir, 'data', BUCKET, 'dir', 'a.mp4'), 'utf8')).toBe('123456789');
  });

  test.each([
    ['bytes=2-4', 206, '345'],
    ['bytes=7-', 206, '89'],
    ['bytes=-3', 206, '789'],
    ['bytes=5-100', 206, '6789'],
    ['nonsense', 200, '123456789'],
  ])('by range %s', async (range, status, text) => {
    await put('ranged', '123456789');
    expect(await get('ranged', { range })).toMatchObject({ status, text });
  });

  test('a range behind the end is refused', async () => {
    await put('ranged', '123456789');
    expect(await get('ranged', { range: 'bytes=9-' })).toMatchObject({ status: 416, code: 'InvalidRange' });
  });

  test('a body that is not what its digest says is not stored', async () => {
    const headers = { 'content-md5': md5('other').toString('base64') };
    expect(await call({ method: 'PUT', key: 'digest', body: 'x', headers })).toMatchObject({
      status: 400,
      code: 'BadDigest',
    });
    expect(await get('digest')).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(await readdir(path.join(dir, 'data', '.cos', 'tmp'))).toEqual([]);
  });

  test('are gone when deleted, and deleting twice is no error', async () => {
    await put('gone', 'x');
    for (let time = 0; time < 2; time += 1)
      expect(await call({ method: 'DELETE', key: 'gone' })).toMatchObject({ status: 204 });
    expect(await get('gone')).toMatchObject({ code: 'NoSuchKey' });
  });

  test('several are deleted by one request', async () => {
    for (const key of ['multi/a&b', 'multi/<c>']) await put(key, 'x');
    const body =
      '<Delete><Object><Key>multi/a&amp;b</Key></Object><Object><Key>multi/&lt;c&gt;</Key></Object></Delete>';
    expect(await call({ method: 'POST', key: '', query: { delete: '' }, body })).toMatchObject({ status: 200 });
    expect(await get('multi/a&b')).toMatchObject({ code: 'NoSuchKey' });
    expect(await get('multi/<c>')).toMatchObject({ code: 'NoSuchKey' });
  });

  test('are listed by prefix, folded, and page by page', async () => {
    for (const key of ['list/a', 'list/b/1', 'list/b/2', 'list/c&d', 'list/e']) await put(key, 'x');
    const list = (query: Record<string, string>) =>
      call({ method: 'GET', key: '', query: { prefix: 'list/', ...query } });
    expect(xmlTexts(await list({}), 'Key')).toEqual(['list/a', 'list/b/1', 'list/b/2', 'list/c&amp;d', 'list/e']);
    const folded = await list({ delimiter: '/' });
    expect(xmlTexts(folded, 'Key')).toEqual(['list/a', 'list/c&amp;d', 'list/e']);
    expect(folded.text).toContain('<CommonPrefixes><Prefix>list/b/</Prefix></CommonPrefixes>');
    const first = await list({ 'max-keys': '2', delimiter: '/', 'encoding-type': 'url' });
    expect(xmlTexts(first, 'NextMarker')).toEqual(['list%2Fb%2F2']);
    const second = await list({ 'max-keys': '2', delimiter: '/', marker: 'list/b/2' });
    expect([xmlTexts(second, 'Key'), xmlTexts(second, 'IsTruncated')]).toEqual([['list/c&amp;d', 'list/e'], ['false']]);
  });
});

describe('keys that are no file names', () => {
  const keys = [
    '../../escape',
    '/absolute',
    'a/../../b',
    'a//b',
    './dot',
    'folder/',
    'nul\u0000byte',
    'back\\slash',
    `long/${'x'.repeat(300)}`,
    '.escaped/x',
    '.cos/x',
    '中文/👍 "quotes" \'$(rm -rf)\'',
  ];
  test.each(keys)('%j is an object like any other, inside the directory', async (key) => {
    expect(await put(key, key)).toMatchObject({ status: 200 });
    expect(await get(key)).toMatchObject({ status: 200, text: key });
    expect(await readdir(dir)).not.toContain('escape');
    expect(await readdir(path.join(dir, 'data'))).not.toContain('escape');
  });

  test('an object and one below it live side by side', async () => {
    await put('both', 'the object');
    await put('both/below', 'the one below');
    await put('other/below', 'below first');
    await put('other', 'then the object');
    const texts = await Promise.all(
      ['both', 'both/below', 'other/below', 'other'].map(async (key) => (await get(key)).text),
    );
    expect(texts).toEqual(['the object', 'the one below', 'below first', 'then the object']);
  });

  test('all of it is there after a restart, but for what a person removed', async () => {
    const listed = async () =>
      xmlTexts(await call({ method: 'GET', key: '', query: { 'encoding-type': 'url' } }), 'Key');
    await put('removed-by-hand', 'x');
    const before = await listed();
    await rm(path.join(dir, 'data', BUCKET, 'removed-by-hand'));
    await cos.close();
    cos = await start();
    expect(await listed()).toEqual(before.filter((key) => key !== 'removed-by-hand'));
    expect(await get('../../escape')).toMatchObject({ text: '../../escape' });
  });
});

describe('multipart uploads', () => {
  const begin = async (key: string) => {
    const reply = await call({ method: 'POST', key, query: { uploads: '' } });
    return xmlTexts(reply, 'UploadId')[0]!;
  };
  const part = (key: string, uploadId: string, number: number, body: Buffer) =>
    call({ method: 'PUT', key, query: { partNumber: String(number), uploadId }, body });
  const complete = (key: string, uploadId: string, parts: readonly (readonly [number, Buffer])[]) => {
    const xml = parts.map(
      ([number, body]) => `<Part><PartNumber>${number}</PartNumber><ETag>"${md5(body).toString('hex')}"</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload>${xml.join('')}</CompleteMultipartUpload>`;
    return call({ method: 'POST', key, query: { uploadId }, body });
  };
  const [a, b, c] = [Buffer.alloc(MIB, 1), Buffer.alloc(MIB, 2), Buffer.from('tail')];

  test('join their parts in order, under the digest of the digests', async () => {
    const id = await begin('joined');
    for (const [number, body] of [
      [3, c],
      [1, b],
      [2, b],
      [1, a],
    ] as const)
      await part('joined', id, number, body);
    const listed = await call({ method: 'GET', key: 'joined', query: { uploadId: id } });
    expect(xmlTexts(listed, 'PartNumber')).toEqual(['1', '2', '3']);
    const reply = await complete('joined', id, [
      [1, a],
      [2, b],
      [3, c],
    ]);
    const etag = `${md5(Buffer.concat([md5(a), md5(b), md5(c)])).toString('hex')}-3`;
    expect(xmlTexts(reply, 'ETag')).toEqual([`&quot;${etag}&quot;`]);
    const whole = await get('joined');
    expect(whole.body.equals(Buffer.concat([a, b, c]))).toBe(true);
    expect(whole.headers.etag).toBe(`"${etag}"`);
    expect(whole.headers['x-cos-hash-crc64ecma']).toBe(reply.headers['x-cos-hash-crc64ecma']);
    expect(await complete('joined', id, [[1, a]])).toMatchObject({ status: 404, code: 'NoSuchUpload' });
    expect(await readdir(path.join(dir, 'data', '.cos', 'tmp'))).toEqual([]);
  });

  test.each([
    [
      'a part that is too small',
      [
        [1, c],
        [2, a],
      ],
      'EntityTooSmall',
    ],
    [
      'parts out of order',
      [
        [2, a],
        [1, c],
      ],
      'InvalidPartOrder',
    ],
    [
      'a part that was never sent',
      [
        [1, c],
        [3, a],
      ],
      'InvalidPart',
    ],
    ['a part of another content', [[1, a]], 'InvalidPart'],
    ['no part', [], 'MalformedXML'],
  ] as const)('refuse %s', async (_, parts, code) => {
    const id = await begin('refused');
    await part('refused', id, 1, c);
    await part('refused', id, 2, a);
    expect(await complete('refused', id, parts)).toMatchObject({ status: 400, code });
    await call({ method: 'DELETE', key: 'refused', query: { uploadId: id } });
  });

  test('are listed until they are aborted', async () => {
    const ids = [await begin('open/a'), await begin('open/b'), await begin('elsewhere')];
    const list = async (query: Record<string, string> = {}) =>
      call({ method: 'GET', key: '', query: { uploads: '', prefix: 'open/', ...query } });
    expect(xmlTexts(await list(), 'UploadId')).toEqual(ids.slice(0, 2));
    const first = await list({ 'max-uploads': '1' });
    expect([xmlTexts(first, 'NextKeyMarker'), xmlTexts(first, 'NextUploadIdMarker')]).toEqual([['open/a'], [ids[0]]]);
    const second = await list({ 'key-marker': 'open/a', 'upload-id-marker': ids[0]! });
    expect(xmlTexts(second, 'UploadId')).toEqual([ids[1]]);
    expect(await call({ method: 'DELETE', key: 'open/a', query: { uploadId: ids[0]! } })).toMatchObject({
      status: 204,
    });
    expect(xmlTexts(await list(), 'UploadId')).toEqual([ids[1]]);
    expect(await part('open/a', ids[0]!, 1, c)).toMatchObject({ code: 'NoSuchUpload' });
  });

  test.each(['0', '10001', 'x'])('have no part %s', async (partNumber) => {
    const id = await begin('numbers');
    const reply = await call({ method: 'PUT', key: 'numbers', query: { partNumber, uploadId: id }, body: 'x' });
    expect(reply).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });
});

describe('faults', () => {
  test('strike what they name, as often as they say, and count', async () => {
    cos.faults.add({
      fault: 'error',
      status: 500,
      code: 'InternalError',
      operation: 'PutObject',
      keyPrefix: 'f/',
      after: 1,
      times: 2,
    });
    const statuses: number[] = [];
    for (const key of ['f/1', 'other', 'f/2', 'f/3', 'f/4']) statuses.push((await put(key, 'x')).status);
    expect(statuses).toEqual([200, 200, 500, 500, 200]);
    expect(cos.faults.list()).toMatchObject([{ matched: 4, struck: 2 }]);
    cos.faults.clear();
    expect(cos.faults.list()).toEqual([]);
  });

  test('strike the same requests for the same seed', async () => {
    const run = async () => {
      cos.faults.add({ fault: 'error', probability: 0.5, seed: 7, times: 99 });
      const statuses: number[] = [];
      for (let count = 0; count < 12; count += 1) statuses.push((await put('seeded', 'x')).status);
      cos.faults.clear();
      return statuses;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 503]));
  });

  test('reset, truncated, stalled: the client sees the connection break', async () => {
    await put('broken', Buffer.alloc(200_000));
    cos.faults.add({ fault: 'reset', method: 'PUT' });
    cos.faults.add({ fault: 'truncate', method: 'GET' });
    cos.faults.add({ fault: 'stall', method: 'HEAD', ms: 20 });
    await expect(put('broken', Buffer.alloc(200_000))).rejects.toThrow();
    await expect(get('broken')).rejects.toThrow();
    await expect(call({ method: 'HEAD', key: 'broken' })).rejects.toThrow();
    expect(cos.faults.list().map(({ struck }) => struck)).toEqual([1, 1, 1]);
  });

  test('corrupt stores another byte, and tells its digest', async () => {
    cos.faults.add({ fault: 'corrupt' });
    const answer = await put('corrupt', '123456789');
    expect(answer.headers['x-cos-hash-crc64ecma']).toBe('11051210869376104954');
    const stored = await get('corrupt');
    expect(stored.text).not.toBe('123456789');
    expect(stored.headers['x-cos-hash-crc64ecma']).not.toBe('11051210869376104954');
  });

  test('a server that closes ends what stalls', async () => {
    const other = await start({ dataDir: path.join(dir, 'closing') });
    other.faults.add({ fault: 'stall', ms: 60_000 });
    const stalled = cosCall({ port: other.port }, { method: 'GET', key: 'a' }).catch(() => 'broken off');
    while (other.faults.list()[0]?.struck !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await other.close();
    expect(await stalled).toBe('broken off');
  });
});
