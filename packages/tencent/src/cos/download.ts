import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { AppError } from '@trtc-recorder/runtime';
import { Crc64 } from './crc64.ts';
import type { Limiter } from './limiter.ts';
import { headObject, type ObjectFacts } from './object-facts.ts';
import type { CosSession } from './session.ts';

export interface DownloadOptions {
  readonly key: string;
  /** Path of the local file. */
  readonly file: string;
  /** Bytes fetched at once, and held in memory. */
  readonly pieceSize: number;
  readonly bodies: Limiter;
}

/**
 * Fetches an object by ranges into a temporary file beside the wanted one, verifies it and renames it. The SDK takes an
 * answer that broke off for a whole one, so lengths and the digest are checked here.
 */
export async function downloadObject(session: CosSession, options: DownloadOptions): Promise<ObjectFacts | null> {
  const facts = await headObject(session, options.key);
  if (facts === null) return null;
  const temporary = `${options.file}.${randomUUID()}.part`;
  try {
    const handle = await open(temporary, 'wx').catch(spoolFailed);
    const crc64 = await fetchAll(session, handle, facts, options).finally(() => handle.close());
    if (facts.crc64 !== undefined && facts.crc64 !== crc64)
      throw new AppError('CosDigestMismatch', 'what was fetched is not what COS says it stores');
    await rename(temporary, options.file).catch(spoolFailed);
    return facts;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function fetchAll(
  session: CosSession,
  handle: FileHandle,
  { size, etag }: ObjectFacts,
  { key, pieceSize, bodies }: DownloadOptions,
): Promise<string> {
  const crc64 = new Crc64();
  for (let start = 0; start < size; start += pieceSize) {
    const end = Math.min(start + pieceSize, size) - 1;
    const leave = await bodies.enter();
    try {
      const body = await fetchRange(session, { key, etag, start, end });
      crc64.update(body);
      await handle.write(body).catch(spoolFailed);
    } finally {
      leave();
    }
  }
  return crc64.digest();
}

interface Range {
  readonly key: string;
  readonly etag: string;
  readonly start: number;
  readonly end: number;
}

async function fetchRange(session: CosSession, { key, etag, start, end }: Range): Promise<Buffer> {
  const answer = await session.call('GetObject', (cos, target) =>
    cos.getObject({ ...target, Key: key, Range: `bytes=${start}-${end}`, IfMatch: `"${etag}"` }),
  );
  const { Body: body } = answer;
  if (!Buffer.isBuffer(body) || body.length !== end - start + 1)
    throw new AppError('CosUnavailable', 'COS broke off in the middle of an object');
  return body;
}

const spoolFailed = (error: unknown): never => {
  throw new AppError('SpoolFailed', 'the fetched file cannot be written', { cause: error });
};
