import { AppError, type Logger } from '@trtc-recorder/runtime';
import { objectUrl } from '../object-url.ts';
import type { UploadRequest } from './access.ts';
import { crc64OfFile, FileSource } from './file-source.ts';
import type { Limiter } from './limiter.ts';
import type { Pace } from './pace.ts';
import { putParts, type WithSession } from './multipart.ts';
import { headObject, type ObjectFacts, type StoredAnswer } from './object-facts.ts';
import { MAX_PUT_BYTES, putStreamed, type StreamedOptions } from './put-streamed.ts';
import { putWhole } from './put.ts';
import type { CosSession } from './session.ts';
import { verifyStored } from './verify.ts';

/** A delivered object. */
export interface Uploaded {
  /** Percent-encoded. */
  readonly url: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** CRC-64 (ECMA), decimal. */
  readonly crc64: string;
}

export interface UploadTools {
  readonly pace: Pace;
  readonly bodies: Limiter;
  readonly withSession: WithSession;
  readonly logger: Logger;
}

/** Uploads a file and verifies it, or finds it there already: the work of `ObjectStore.upload`. */
export async function uploadFile(session: CosSession, request: UploadRequest, tools: UploadTools): Promise<Uploaded> {
  const source = await FileSource.open(request.file);
  try {
    const present = await identicalObject(session, request, source.size);
    if (present !== null) return delivered(request, present, present.crc64);
    const answer = await send(session, source, request, tools).catch((error: unknown) => {
      if (error instanceof AppError && error.details.brokeOff === true)
        tools.pace.brokeOff(source.size, error.details.silent === true);
      throw error;
    });
    tools.pace.succeeded();
    const sent = { size: source.size, crc64: source.crc64() };
    const facts = await verifyStored(session, { key: request.key, sent, answer, logger: tools.logger });
    return delivered(request, facts, sent.crc64);
  } finally {
    await source.close();
  }
}

const delivered = (request: UploadRequest, { etag, size }: ObjectFacts, crc64: string): Uploaded => ({
  url: objectUrl(request),
  etag,
  size,
  crc64,
});

async function send(
  session: CosSession,
  source: FileSource,
  { key, contentType, onProgress }: UploadRequest,
  tools: UploadTools,
): Promise<StoredAnswer> {
  const object = { key, contentType };
  const progress = (uploadedBytes: number) => onProgress?.({ uploadedBytes, totalBytes: source.size });
  if (source.size > tools.pace.partSize)
    return putParts(session, source, { ...object, ...tools, onProgress: progress }).catch((error: unknown) => {
      if (!mayOnlyPut(error) || source.size > MAX_PUT_BYTES) throw error;
      tools.logger.debug({ key }, 'the keys allow no multipart upload: one PUT');
      return putAtLength(source, { ...object, onProgress: progress }, tools);
    });
  const leave = await tools.bodies.enter();
  const answer = await putWhole(session, source, object).finally(leave);
  progress(source.size);
  return answer;
}

/** Told before anything of the file was read. */
const mayOnlyPut = (error: unknown): boolean =>
  error instanceof AppError &&
  error.details.operation === 'InitiateMultipartUpload' &&
  error.details.cosCode === 'AccessDenied' &&
  error.code === 'CosAccessDenied';

/** Over a session of its own: the failure has closed that of the parts. */
async function putAtLength(
  source: FileSource,
  object: StreamedOptions,
  { bodies, withSession }: UploadTools,
): Promise<StoredAnswer> {
  const leave = await bodies.enter();
  return withSession((session) => putStreamed(session, source, object)).finally(leave);
}

/**
 * The object, when an attempt whose answer was lost has stored it already. Nothing is concluded from a refusal: the
 * upload itself will tell.
 */
async function identicalObject(
  session: CosSession,
  { key, file }: UploadRequest,
  size: number,
): Promise<(ObjectFacts & { readonly crc64: string }) | null> {
  const facts = await headObject(session, key).catch((error: unknown) => {
    if (error instanceof AppError && !error.retryable) return null;
    throw error;
  });
  if (facts?.crc64 === undefined || facts.size !== size) return null;
  return facts.crc64 === (await crc64OfFile(file)) ? { ...facts, crc64: facts.crc64 } : null;
}
