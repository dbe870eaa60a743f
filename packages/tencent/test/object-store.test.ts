import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@trtc-recorder/runtime';
import { startCos, type CloudKey, type Cos, type CosFaultRule } from '@trtc-recorder/sandbox';
import {
  createCredentialsProvider,
  createObjectStore,
  staticCredentials,
  type CredentialsProvider,
  type ObjectStore,
  type UploadRequest,
} from '@trtc-recorder/tencent';

const MIB = 1024 * 1024;
const bucket = 'rec-1250000000';
const region = 'ap-guangzhou';
const keys: CloudKey[] = [
  { secretId: 'AKIDowner', secretKey: 'owner-key' },
  { secretId: 'AKIDtemporary', secretKey: 'temporary-key', sessionToken: 'token' },
  { secretId: 'AKIDexpired', secretKey: 'expired-key', sessionToken: 'token', expiresAt: Date.UTC(2020, 0, 1) },
  { secretId: 'AKIDputter', secretKey: 'putter-key', allow: ['PutObject'] },
  { secretId: 'AKIDreader', secretKey: 'reader-key', allow: ['GetObject', 'HeadObject'] },
  {
    secretId: 'AKIDnolist',
    secretKey: 'nolist-key',
    allow: ['PutObject', 'InitiateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'AbortMultipartUpload'],
  },
];
const known = (id: string): CloudKey | undefined => keys.find(({ secretId }) => secretId === id);
let lookup: (id: string) => CloudKey | undefined = known;
const owner = staticCredentials({ secretId: 'AKIDowner', secretKey: 'owner-key' });

let dir: string;
let cos: Cos;
let store: ObjectStore;
let number = 0;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-store-'));
  cos = await startCos({
    host: '127.0.0.1',
    port: 0,
    dataDir: path.join(dir, 'cos'),
    credentials: (id) => lookup(id),
    buckets: [{ name: bucket, region }],
    logger: silentLogger(),
  });
  store = makeStore();
});
afterAll(async () => {
  await cos.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  cos.faults.clear();
  lookup = known;
});

const makeStore = (change: { requestTimeoutMs?: number; concurrency?: number } = {}) =>
  createObjectStore({
    endpoint: { ip: `127.0.0.1:${cos.port}`, protocol: 'http:' },
    partSize: MIB,
    concurrency: 3,
    requestTimeoutMs: 10_000,
    logger: silentLogger(),
    ...change,
  });

/** Keys of a role, as the metadata service gives them, for two hours each time. */
const roleKeys = (nextId: () => string): CredentialsProvider => {
  const answer = () => {
    const TmpSecretId = nextId();
    const ExpiredTime = Math.floor(Date.now() / 1000) + 7200;
    return { Code: 'Success', TmpSecretId, TmpSecretKey: 'role-key', Token: `token of ${TmpSecretId}`, ExpiredTime };
  };
  const fetch = (url: unknown) =>
    Promise.resolve(new Response(String(url).endsWith('/') ? 'role' : JSON.stringify(answer())));
  return createCredentialsProvider({ cvmRole: true }, { fetch: fetch, logger: silentLogger() });
};

/** A file whose every part differs from every other. */
async function makeFile(size: number): Promise<{ file: string; bytes: Buffer }> {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at);
  const file = path.join(dir, `file-${(number += 1)}`);
  await writeFile(file, bytes);
  return { file, bytes };
}

async function request(size: number, change: Partial<UploadRequest> = {}): Promise<UploadRequest & { bytes: Buffer }> {
  const { file, bytes } = await makeFile(size);
  const key = `trtc/room/${path.basename(file)}.mp4`;
  return { file, bytes, bucket, region, key, contentType: 'video/mp4', credentials: owner, ...change };
}

/** Compares bytes: Jest's own comparison takes seconds for a megabyte. */
async function expectStored({ key, bytes }: { key: string; bytes: Buffer }): Promise<void> {
  const object = await readFile(path.join(dir, 'cos', bucket, key));
  expect({ size: object.length, same: object.equals(bytes) }).toEqual({ size: bytes.length, same: true });
}
const struck = () => cos.faults.list().map((fault) => fault.struck);
const openUploads = (prefix: string) => store.abortUploads({ bucket, region, prefix, credentials: owner });

describe('upload', () => {
  test.each([
    ['nothing', 0],
    ['one byte', 1],
    ['exactly one part', MIB],
    ['one byte more than a part', MIB + 1],
    ['several parts', 5 * MIB + 123],
  ])('%s arrives as it is', async (_, size) => {
    const upload = await request(size);
    const result = await store.upload(upload);
    await expectStored(upload);
    expect(result).toMatchObject({ size, url: `https://${bucket}.cos.${region}.myqcloud.com/${upload.key}` });
    expect(await store.list({ ...upload, prefix: upload.key })).toEqual([{ key: upload.key, size, etag: result.etag }]);
  });

  test('keys of any characters arrive under a percent-encoded URL', async () => {
    const key = `录制/a b+c&d='!()*"<x>/👍%41.mp4`;
    for (const size of [10, 2 * MIB]) {
      const upload = await request(size, { key });
      const { url } = await store.upload(upload);
      expect(decodeURIComponent(new URL(url).pathname)).toBe(`/${key}`);
      await expectStored(upload);
      expect(await store.list({ ...upload, prefix: '录制/a b+' })).toMatchObject([{ key, size }]);
    }
  });

  test('progress reaches the whole', async () => {
    const seen: number[] = [];
    await store.upload(await request(3 * MIB, { onProgress: ({ uploadedBytes }) => seen.push(uploadedBytes) }));
    expect(seen).toEqual([MIB, 2 * MIB, 3 * MIB]);
  });

  test('a second time it finds the object there and sends nothing', async () => {
    const upload = await request(2 * MIB);
    const first = await store.upload(upload);
    cos.faults.add({ fault: 'error', method: 'PUT', times: 99 });
    cos.faults.add({ fault: 'error', method: 'POST', times: 99 });
    expect(await store.upload(upload)).toEqual(first);
    expect(struck()).toEqual([0, 0]);
  });

  test('many at once share the places for bodies', async () => {
    const narrow = makeStore({ concurrency: 1 });
    const uploads = await Promise.all([3 * MIB, 10, 2 * MIB].map((size) => request(size)));
    await Promise.all(uploads.map((upload) => narrow.upload(upload)));
    for (const upload of uploads) await expectStored(upload);
  });

  test('temporary keys go with their token', async () => {
    const credentials = staticCredentials({
      secretId: 'AKIDtemporary',
      secretKey: 'temporary-key',
      sessionToken: 'token',
    });
    for (const size of [10, 2 * MIB]) {
      const upload = await request(size, { credentials });
      await store.upload(upload);
      await expectStored(upload);
    }
  });
});

describe('refusals say which it is, and that a retry is useless', () => {
  const withKeys = (secretId: string, secretKey: string, sessionToken?: string) => ({
    credentials: staticCredentials({ secretId, secretKey, ...(sessionToken === undefined ? {} : { sessionToken }) }),
  });
  const cases: [string, Partial<UploadRequest>, string, RegExp][] = [
    ['SecretId', withKeys('AKIDnobody', 'x'), 'CosAccessDenied', /does not know the SecretId \(InvalidAccessKeyId\)/],
    ['SecretKey', withKeys('AKIDowner', 'x'), 'CosAccessDenied', /SecretKey does not belong to the SecretId/],
    [
      'a token that is not theirs',
      withKeys('AKIDowner', 'owner-key', 'token'),
      'CosAccessDenied',
      /SessionToken .* does not belong to the keys/,
    ],
    [
      'missing right',
      withKeys('AKIDreader', 'reader-key'),
      'CosAccessDenied',
      /keys may not \w+ in bucket rec-1250000000/,
    ],
    ['bucket', { bucket: 'other-1250000000' }, 'CosBucketNotFound', /no bucket other-1250000000 in ap-guangzhou/],
    ['region', { region: 'ap-shanghai' }, 'CosBucketNotFound', /no bucket rec-1250000000 in ap-shanghai/],
    ['bucket that is no name', { bucket: 'nonsense' }, 'CosRejected', /Bucket should format/],
  ];
  describe.each([
    ['by one PUT', 10],
    ['in parts', 2 * MIB],
  ])('%s', (_, size) => {
    test.each(cases)('%s', async (_name, change, code, message) => {
      const upload = await request(size, change);
      await expect(store.upload(upload)).rejects.toMatchObject({
        code,
        retryable: false,
        message: expect.stringMatching(message),
      });
    });
  });

  test.each([
    ['one small', 10],
    ['one of several parts', 4 * MIB + 5],
  ])('keys that may only put deliver %s, verified by the answer', async (_, size) => {
    const upload = await request(size, withKeys('AKIDputter', 'putter-key'));
    await expect(store.upload(upload)).resolves.toMatchObject({ size });
    await expectStored(upload);
  });

  test('a long PUT that stalls or breaks off is worth a retry', async () => {
    const impatient = makeStore({ requestTimeoutMs: 1000 });
    const only = withKeys('AKIDputter', 'putter-key');
    for (const [fault, code] of [
      ['stall', 'CosUnavailable'],
      ['reset', 'CosUnavailable'],
      ['error', 'CosUnavailable'],
    ] as const) {
      cos.faults.add({ fault, operation: 'PutObject', ms: 60_000 });
      const upload = await request(3 * MIB, only);
      await expect(impatient.upload(upload)).rejects.toMatchObject({ code, retryable: true });
      cos.faults.clear();
      await store.upload(upload);
      await expectStored(upload);
    }
  });

  test('keys that may upload in parts but list nothing deliver', async () => {
    const large = await request(2 * MIB, withKeys('AKIDnolist', 'nolist-key'));
    await expect(store.upload(large)).resolves.toMatchObject({ size: 2 * MIB });
    await expectStored(large);
  });

  test.each([
    ['expired', 'AKIDexpired', false, /^the SessionToken has expired \(ExpiredToken\): new keys are needed/],
    ['unknown, but renewable', 'AKIDnobody', true, /does not know the SecretId/],
  ])('keys that are %s may be replaced: worth a retry', async (_, id, renewable, message) => {
    const credentials = { ...withKeys(id, 'expired-key', 'token').credentials, renewable };
    await expect(store.upload(await request(10, { credentials }))).rejects.toMatchObject({
      code: 'CosAccessDenied',
      retryable: true,
      message: expect.stringMatching(message),
    });
  });

  test('keys that COS finds expired in mid-upload are fetched anew, and the upload goes on where it was', async () => {
    const upload = await request(4 * MIB);
    const parts = cos.faults.add({ fault: 'delay', ms: 0, operation: 'UploadPart', times: 99 });
    const sent = () => cos.faults.list().find(({ id }) => id === parts.id)?.struck ?? 0;
    let expired = false;
    lookup = (id) => ({
      secretId: id,
      secretKey: 'role-key',
      sessionToken: `token of ${id}`,
      ...((expired ||= id === 'AKIDrole-1' && sent() >= 3) && id === 'AKIDrole-1' && { expiresAt: 0 }),
    });
    let fetched = 0;
    const credentials = roleKeys(() => `AKIDrole-${(fetched += 1)}`);
    const narrow = makeStore({ concurrency: 1 });
    await expect(narrow.upload({ ...upload, credentials })).rejects.toMatchObject({ retryable: true });
    const before = sent();
    await narrow.upload({ ...upload, credentials });
    await expectStored(upload);
    expect([fetched, before, sent()]).toEqual([2, 3, 5]);
  });

  test('a provider without keys is told as such, at once', async () => {
    const fault = new Error('no role here');
    const credentials: CredentialsProvider = { renewable: true, get: () => Promise.reject(fault) };
    const error = await store.upload(await request(2 * MIB, { credentials })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CredentialsUnavailable', retryable: true, cause: fault });
  });
});

describe('faults', () => {
  const fail = (rule: CosFaultRule) => cos.faults.add(rule);

  test.each(['PutObject', 'UploadPart', 'InitiateMultipartUpload', 'CompleteMultipartUpload'] as const)(
    'a passing 503 at %s is overcome',
    async (operation) => {
      fail({ fault: 'error', operation, times: 2 });
      const upload = await request(operation === 'PutObject' ? 10 : 3 * MIB);
      await store.upload(upload);
      expect(struck()).toEqual([2]);
      await expectStored(upload);
    },
  );

  test.each(['PutObject', 'UploadPart', 'InitiateMultipartUpload', 'CompleteMultipartUpload', 'HeadObject'] as const)(
    'a 200 at %s whose body is an error is none',
    async (operation) => {
      fail({ fault: 'error', status: 200, code: 'InternalError', operation });
      const upload = await request(operation === 'PutObject' ? 10 : 2 * MIB);
      await store.upload(upload).catch((error: unknown) => {
        expect(error).toMatchObject({ retryable: true });
        return store.upload(upload);
      });
      expect(struck()).toEqual([1]);
      await expectStored(upload);
      expect(await openUploads(upload.key)).toBe(0);
    },
  );

  test('a bucket that is gone in mid-upload is told as such', async () => {
    fail({ fault: 'error', status: 404, code: 'NoSuchBucket', operation: 'UploadPart', after: 1, times: 99 });
    await expect(store.upload(await request(3 * MIB))).rejects.toMatchObject({ code: 'CosBucketNotFound' });
  });

  test.each(['error', 'reset'] as const)('a lasting one (%s) is CosUnavailable', async (fault) => {
    fail({ fault, method: 'PUT', times: 99 });
    for (const size of [200_000, 2 * MIB])
      await expect(store.upload(await request(size))).rejects.toMatchObject({
        code: 'CosUnavailable',
        retryable: true,
      });
  });

  test.each(['PutObject', 'UploadPart', 'CompleteMultipartUpload', 'HeadObject'] as const)(
    'a stall at %s ends with the time limit',
    async (operation) => {
      fail({ fault: 'stall', operation, ms: 60_000, times: 99 });
      const impatient = makeStore({ requestTimeoutMs: 300 });
      const upload = await request(operation === 'PutObject' ? 10 : 2 * MIB);
      const begun = performance.now();
      await expect(impatient.upload(upload)).rejects.toMatchObject({
        code: 'CosUnavailable',
        message: expect.stringContaining('within 300 ms'),
      });
      expect(performance.now() - begun).toBeLessThan(10_000);
    },
  );

  test('credentials that never come end with the time limit too', async () => {
    const credentials: CredentialsProvider = { renewable: true, get: () => new Promise(() => undefined) };
    const upload = await request(10, { credentials });
    await expect(makeStore({ requestTimeoutMs: 200 }).upload(upload)).rejects.toMatchObject({ code: 'CosUnavailable' });
  });

  test('nobody listens: CosUnavailable', async () => {
    const deaf = createObjectStore({
      endpoint: { ip: '127.0.0.1:9', protocol: 'http:' },
      partSize: MIB,
      concurrency: 1,
      requestTimeoutMs: 2000,
      logger: silentLogger(),
    });
    await expect(deaf.upload(await request(10))).rejects.toMatchObject({ code: 'CosUnavailable', retryable: true });
  });

  test.each([
    ['by one PUT', 'PutObject', 1000],
    ['in parts', 'UploadPart', 3 * MIB],
  ] as const)('what COS stored wrong is noticed (%s), and put right by the next upload', async (_, operation, size) => {
    fail({ fault: 'corrupt', operation });
    const upload = await request(size);
    await expect(store.upload(upload)).rejects.toMatchObject({ code: 'CosDigestMismatch', retryable: true });
    await expect(expectStored(upload)).rejects.toThrow();
    await store.upload(upload);
    await expectStored(upload);
  });

  test('after a fault the upload goes on with the parts it has', async () => {
    const narrow = makeStore({ concurrency: 1 });
    const upload = await request(4 * MIB);
    fail({ fault: 'error', operation: 'UploadPart', after: 2, times: 99 });
    await expect(narrow.upload(upload)).rejects.toMatchObject({ code: 'CosUnavailable' });
    cos.faults.clear();
    const counter = fail({ fault: 'delay', ms: 0, operation: 'UploadPart', times: 99 });
    await narrow.upload(upload);
    expect(cos.faults.list().find(({ id }) => id === counter.id)?.struck).toBe(2);
    await expectStored(upload);
  });

  test('parts of another content are not taken up', async () => {
    const narrow = makeStore({ concurrency: 1 });
    const upload = await request(3 * MIB);
    fail({ fault: 'error', operation: 'UploadPart', after: 2, times: 99 });
    await expect(narrow.upload(upload)).rejects.toMatchObject({ code: 'CosUnavailable' });
    cos.faults.clear();
    const other = Buffer.from(upload.bytes);
    other[MIB + 5] = ~(other[MIB + 5] ?? 0) & 0xff;
    await writeFile(upload.file, other);
    await narrow.upload(upload);
    await expectStored({ ...upload, bytes: other });
  });

  test('what failed for good leaves no parts behind; what may be repeated does, until it is given up', async () => {
    const key = `abort/${number}.mp4`;
    fail({ fault: 'error', status: 400, code: 'InvalidRequest', operation: 'UploadPart', times: 99 });
    await expect(store.upload(await request(2 * MIB, { key }))).rejects.toMatchObject({ code: 'CosRejected' });
    expect(await openUploads('abort/')).toBe(0);
    cos.faults.clear();
    fail({ fault: 'error', operation: 'UploadPart', times: 99 });
    await expect(store.upload(await request(2 * MIB, { key }))).rejects.toMatchObject({ code: 'CosUnavailable' });
    expect(await openUploads('abort/')).toBe(1);
    expect(await openUploads('abort/')).toBe(0);
  });

  test('a lost answer to the completion does not make a second upload', async () => {
    const upload = await request(2 * MIB);
    fail({ fault: 'truncate', operation: 'CompleteMultipartUpload' });
    await store.upload(upload);
    await expectStored(upload);
    expect(await openUploads(upload.key)).toBe(0);
  });

  test('a cancelled upload ends at once with the reason', async () => {
    fail({ fault: 'stall', operation: 'UploadPart', ms: 60_000, times: 99 });
    const reason = new Error('handed over');
    const controller = new AbortController();
    const uploading = store.upload(await request(3 * MIB, { signal: controller.signal }));
    const outcome = uploading.catch((thrown: unknown) => thrown);
    await until(() => struck()[0]! > 0);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
  });

  test('a file that shrinks meanwhile, or is not there, is SpoolFailed', async () => {
    const upload = await request(4 * MIB);
    fail({ fault: 'delay', operation: 'InitiateMultipartUpload', ms: 300 });
    const outcome = store.upload(upload).catch((thrown: unknown) => thrown);
    await until(() => struck()[0] === 1);
    await truncate(upload.file, MIB);
    expect(await outcome).toMatchObject({ code: 'SpoolFailed' });
    await expect(store.upload({ ...upload, file: '/nowhere' })).rejects.toMatchObject({ code: 'SpoolFailed' });
  });
});

test("the environment's proxy is not asked for a loopback endpoint", async () => {
  const before = process.env.http_proxy;
  process.env.http_proxy = 'http://127.0.0.1:9';
  try {
    await expect(store.upload(await request(10))).resolves.toMatchObject({ size: 10 });
  } finally {
    if (before === undefined) delete process.env.http_proxy;
    else process.env.http_proxy = before;
  }
});

async function until(condition: () => boolean, limitMs = 5000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
