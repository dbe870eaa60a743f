import { AppError, type ProxySettings } from '@trtc-recorder/runtime';
import type { BucketAccess, ObjectAccess } from './cos/access.ts';
import { Crc64 } from './cos/crc64.ts';
import { listObjects, type ListedObject } from './cos/list.ts';
import { readAnswer, type StoredAnswer } from './cos/object-facts.ts';
import { Paces } from './cos/pace.ts';
import { md5Of } from './cos/put.ts';
import { CosSession, type CosEndpoint } from './cos/session.ts';
import { unexpected } from './cos/unexpected.ts';
import { askWhatIsStored } from './cos/verify.ts';

export interface SmallObjectsOptions {
  /** Where requests go instead of the real COS (the sandbox); null or left out: the real one. */
  readonly endpoint?: CosEndpoint | null;
  /** How long nothing of a request may come or go, ms. */
  readonly requestTimeoutMs: number;
  /** For the way to the real COS; left out: none. */
  readonly proxy?: ProxySettings;
}

/**
 * Objects that are written and read whole, from memory, by one request each. Errors are those of ObjectStore; every
 * method may be repeated.
 */
export interface SmallObjects {
  /** COS verifies the body by its MD5; what it stored is verified by its CRC-64, and asked for where the answer has none. */
  put(request: ObjectAccess & { readonly body: Buffer }): Promise<void>;
  /** Null when there is none. */
  get(access: ObjectAccess): Promise<Buffer | null>;
  /** All objects whose key begins with `prefix`, in the order of their keys. */
  list(access: BucketAccess & { readonly prefix: string }): Promise<ListedObject[]>;
  /** Those that aren't there are no error. */
  remove(access: BucketAccess & { readonly keys: readonly string[] }): Promise<void>;
}

/** COS deletes at most so many objects by one request. */
const DELETED_AT_ONCE = 1000;

export function createSmallObjects(options: SmallObjectsOptions): SmallObjects {
  // One request holds the whole object: there are no parts to send fewer of.
  const paces = new Paces({ partSize: 0, parallel: 1, silenceMs: options.requestTimeoutMs });
  const withSession = async <T>(access: BucketAccess, work: (session: CosSession) => Promise<T>): Promise<T> => {
    const session = new CosSession({ ...access, ...options, pace: paces.of(access) });
    try {
      return await work(session);
    } finally {
      session.close();
    }
  };
  return {
    put: ({ key, body, ...access }) => withSession(access, (session) => put(session, key, body)),
    get: ({ key, ...access }) => withSession(access, (session) => get(session, key)),
    list: ({ prefix, ...access }) => withSession(access, (session) => listObjects(session, prefix)),
    remove: ({ keys, ...access }) =>
      withSession(access, async (session) => {
        for (let from = 0; from < keys.length; from += DELETED_AT_ONCE)
          await removeTogether(session, keys.slice(from, from + DELETED_AT_ONCE));
      }),
  };
}

async function put(session: CosSession, key: string, body: Buffer): Promise<void> {
  const md5 = md5Of(body).toString('base64');
  const answer = await session.call('PutObject', (cos, target) => {
    const object = { Key: key, Body: body, ContentLength: body.length, ContentMD5: md5 };
    return cos.putObject({ ...target, ...object, ...{ SkipTask: true } });
  });
  const stored = readAnswer('PutObject', answer.ETag, answer.headers);
  const sent = { size: body.length, crc64: crc64Of(body) };
  if (stored.crc64 === undefined) await askWhatIsStored(session, { key, sent, answer: stored });
  else if (stored.crc64 !== sent.crc64)
    throw new AppError('CosDigestMismatch', 'COS stored something else than was sent');
}

async function get(session: CosSession, key: string): Promise<Buffer | null> {
  try {
    const answer = await session.call('GetObject', (cos, target) => cos.getObject({ ...target, Key: key }));
    const { Body: body } = answer;
    const headers = (answer.headers ?? {}) as Record<string, unknown>;
    const stored = readAnswer('GetObject', headers.etag, headers);
    // The SDK takes an answer that broke off for a whole one.
    if (!Buffer.isBuffer(body) || body.length !== Number(headers['content-length']))
      throw new AppError('CosUnavailable', 'COS broke off in the middle of an object');
    if (!isOf(body, stored)) throw new AppError('CosDigestMismatch', 'what was fetched is not what COS says it stores');
    return body;
  } catch (error) {
    if (error instanceof AppError && error.details.cosCode === 'NoSuchKey') return null;
    throw error;
  }
}

/** What was stored by one PUT has the MD5 as its ETag, where COS tells no CRC-64. */
const isOf = (body: Buffer, { crc64, etag }: StoredAnswer): boolean =>
  crc64 === undefined ? etag === md5Of(body).toString('hex') : crc64 === crc64Of(body);

async function removeTogether(session: CosSession, keys: readonly string[]): Promise<void> {
  const answer = await session.call('DeleteMultipleObjects', (cos, target) =>
    cos.deleteMultipleObject({ ...target, Objects: keys.map((Key) => ({ Key })) }),
  );
  const [refused] = answer.Error;
  if (refused !== undefined)
    throw new AppError(
      'CosRejected',
      `COS did not remove ${refused.Key}: ${refused.Code ?? ''} ${refused.Message ?? ''}`,
    );
  if (answer.Deleted.length < keys.length) throw unexpected('DeleteMultipleObjects');
}

const crc64Of = (body: Buffer): string => {
  const crc64 = new Crc64();
  crc64.update(body);
  return crc64.digest();
};
