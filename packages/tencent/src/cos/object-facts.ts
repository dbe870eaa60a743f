import type COS from 'cos-nodejs-sdk-v5';
import { AppError } from '@trtc-recorder/runtime';
import type { CosSession, Target } from './session.ts';
import { unexpected } from './unexpected.ts';

/** What COS says of a stored object. */
export interface ObjectFacts {
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** CRC-64 (ECMA) of what is stored, decimal; undefined where COS doesn't tell it. */
  readonly crc64: string | undefined;
}

/** What COS's answer to an upload says of the object. */
export type StoredAnswer = Omit<ObjectFacts, 'size'>;

type Headers = Readonly<Record<string, unknown>>;

const textHeader = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const unquoted = (etag: unknown): string => (typeof etag === 'string' ? etag.replaceAll('"', '') : '');

/** Error: CosUnavailable, when there is no ETag, which every object has. */
export function readAnswer(operation: string, etag: unknown, headers: Headers = {}): StoredAnswer {
  const facts = { etag: unquoted(etag), crc64: textHeader(headers, 'x-cos-hash-crc64ecma') };
  if (facts.etag === '') throw unexpected(operation);
  return facts;
}

/** Asks for an object; null when there is none. */
export async function headObject(session: CosSession, key: string): Promise<ObjectFacts | null> {
  try {
    const ask = (cos: COS, target: Target) => cos.headObject({ ...target, Key: key });
    const answer = await session.call('HeadObject', ask);
    const headers: Headers = answer.headers ?? {};
    return { size: Number(headers['content-length']), ...readAnswer('HeadObject', headers.etag, headers) };
  } catch (error) {
    // A HEAD has no body to say what is missing: the object or its bucket.
    if (error instanceof AppError && error.details.status === 404) return null;
    throw error;
  }
}
