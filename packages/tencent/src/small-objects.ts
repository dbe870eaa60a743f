import { createHash } from 'node:crypto';
import { AppError } from '@trtc-recorder/runtime';
import type { BucketAccess, ObjectAccess } from './cos/access.ts';
import { Crc64 } from './cos/crc64.ts';
import { listObjects, type ListedObject } from './cos/list.ts';
import { readAnswer } from './cos/object-facts.ts';
import { CosSession, type CosEndpoint } from './cos/session.ts';

export interface SmallObjectsOptions {
  /** Where requests go instead of the real COS (the sandbox); null or left out: the real one. */
  readonly endpoint?: CosEndpoint | null;
  /** Time limit of one request, ms. */
  readonly requestTimeoutMs: number;
}

/**
 * Objects that are written and read whole, from memory, by one request each. Errors are those of ObjectStore; every
 * method may be repeated.
 */
export interface SmallObjects {
  /** COS verifies the body by its MD5; what it says it stored is verified by CRC-64. */
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
  const withSession = async <T>(access: BucketAccess, work: (session: CosSession) => Promise<T>): Promise<T> => {
    const session = new CosSession({ ...access, ...options });
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
  const md5 = createHash('md5').update(body).digest('base64');
  const answer = await session.call('PutObject', (cos, target) => {
    const object = { Key: key, Body: body, ContentLength: body.length, ContentMD5: md5 };
    return cos.putObject({ ...target, ...object, ...{ SkipTask: true } });
  });
  const { crc64 } = readAnswer(answer.ETag, answer.headers);
  if (crc64 !== undefined && crc64 !== crc64Of(body))
    throw new AppError('CosDigestMismatch', 'COS stored something else than was sent');
}

async function get(session: CosSession, key: string): Promise<Buffer | null> {
  try {
    const answer = await session.call('GetObject', (cos, target) => cos.getObject({ ...target, Key: key }));
    const { Body: body } = answer;
    const length = Number((answer.headers as Record<string, unknown> | undefined)?.['content-length']);
    // The SDK takes an answer that broke off for a whole one.
    if (!Buffer.isBuffer(body) || body.length !== length)
      throw new AppError('CosUnavailable', 'COS broke off in the middle of an object');
    return body;
  } catch (error) {
    if (error instanceof AppError && error.details.cosCode === 'NoSuchKey') return null;
    throw error;
  }
}

async function removeTogether(session: CosSession, keys: readonly string[]): Promise<void> {
  const answer = await session.call('DeleteMultipleObjects', (cos, target) =>
    cos.deleteMultipleObject({ ...target, Objects: keys.map((Key) => ({ Key })), Quiet: true }),
  );
  const [refused] = answer.Error;
  if (refused !== undefined)
    throw new AppError(
      'CosRejected',
      `COS did not remove ${refused.Key}: ${refused.Code ?? ''} ${refused.Message ?? ''}`,
    );
}

const crc64Of = (body: Buffer): string => {
  const crc64 = new Crc64();
  crc64.update(body);
  return crc64.digest();
};
