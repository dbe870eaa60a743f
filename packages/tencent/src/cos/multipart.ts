import { AppError, type Logger } from '@trtc-recorder/runtime';
import type { FileSource } from './file-source.ts';
import { Limiter } from './limiter.ts';
import { headObject, readAnswer, type StoredAnswer } from './object-facts.ts';
import { abortUpload, listOpenUploads, listParts, type StoredPart } from './open-uploads.ts';
import type { Pace } from './pace.ts';
import { partLengths } from './part-size.ts';
import { md5Of } from './put.ts';
import type { CosSession } from './session.ts';
import { unexpected } from './unexpected.ts';

/** Does a piece of work over a session of its own. */
export type WithSession = <T>(work: (session: CosSession) => Promise<T>) => Promise<T>;

export interface MultipartOptions {
  readonly key: string;
  readonly contentType: string;
  readonly pace: Pace;
  /** Shared by all uploads, because every part under way is held in memory. */
  readonly bodies: Limiter;
  readonly onProgress: (uploadedBytes: number) => void;
  readonly withSession: WithSession;
  readonly logger: Logger;
}

interface Begun {
  readonly id: string;
  /** What an earlier attempt left there. */
  readonly stored: ReadonlyMap<number, StoredPart>;
}

/**
 * Uploads a file in parts, several at a time. An upload of the same key that was broken off is taken up: a part is left
 * out when the one stored has the MD5 of the local bytes, and for no other reason. What fails for good is aborted;
 * after a passing fault the parts stay, for the next attempt or for `abortUploads`.
 */
export async function putParts(
  session: CosSession,
  source: FileSource,
  options: MultipartOptions,
): Promise<StoredAnswer> {
  const begun = await begin(session, options);
  try {
    const etags = await sendParts(session, source, begun, options);
    return await complete(session, source, { key: options.key, id: begun.id, etags });
  } catch (error) {
    if (error instanceof AppError && !error.retryable) await tryToAbort(begun, options);
    throw error;
  }
}

async function begin(session: CosSession, { key, contentType, logger }: MultipartOptions): Promise<Begun> {
  try {
    const open = await listOpenUploads(session, key);
    const latest = open.filter((upload) => upload.key === key).sort((a, b) => b.initiated - a.initiated)[0];
    if (latest !== undefined) return { id: latest.id, stored: await listParts(session, latest) };
  } catch (error) {
    // Without the right to list there is nothing to take up; every other fault meets the next request as well.
    if (!(error instanceof AppError && error.code === 'CosAccessDenied')) throw error;
    logger.debug({ err: error }, 'no look for an earlier upload');
  }
  const answer = await session.call('InitiateMultipartUpload', (cos, target) =>
    cos.multipartInit({ ...target, Key: key, ContentType: contentType }),
  );
  // The SDK takes every 200 for a success here, also one whose body says that it is none.
  const { UploadId: id }: { UploadId?: string } = answer;
  if (!id) throw unexpected('InitiateMultipartUpload');
  return { id, stored: new Map() };
}

/**
 * Sends what is missing; gives the ETags of all parts in order. The source is read on only when there is a place for
 * the next part, and a part that fails ends the session, and so the others.
 */
async function sendParts(
  session: CosSession,
  source: FileSource,
  { id, stored }: Begun,
  { key, pace, bodies, onProgress }: MultipartOptions,
): Promise<string[]> {
  const lengths = partLengths(source.size, pace.partSize, stored);
  const ofThisFile = new Limiter(pace.parallel);
  const underWay: Promise<string>[] = [];
  let uploaded = 0;
  const send = async (number: number, body: Buffer): Promise<string> => {
    const md5 = md5Of(body);
    const part = { Key: key, UploadId: id, PartNumber: number, Body: body, ContentLength: body.length };
    if (stored.get(number)?.md5 !== md5.toString('hex'))
      await session.call('UploadPart', (cos, target) =>
        cos.multipartUpload({ ...target, ...part, Headers: { 'Content-MD5': md5.toString('base64') } }),
      );
    onProgress((uploaded += body.length));
    return md5.toString('hex');
  };
  const sendNext = async (number: number, length: number): Promise<void> => {
    const places = [await ofThisFile.enter(), await bodies.enter()];
    const leave = () => places.forEach((place) => place());
    const sending = source.read(length).then((body) => send(number, body));
    sending.catch((error: unknown) => session.close(error));
    const sent = sending.finally(leave);
    // Nobody looks at it as long as the next part waits for its place.
    sent.catch(() => undefined);
    underWay.push(sent);
  };
  try {
    for (const [index, length] of lengths.entries()) {
      session.throwIfClosed();
      await sendNext(index + 1, length);
    }
    return await Promise.all(underWay);
  } catch (error) {
    await Promise.allSettled(underWay);
    throw error;
  }
}

async function complete(
  session: CosSession,
  source: FileSource,
  { key, id, etags }: { readonly key: string; readonly id: string; readonly etags: readonly string[] },
): Promise<StoredAnswer> {
  const parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }));
  try {
    const answer = await session.call('CompleteMultipartUpload', (cos, target) =>
      cos.multipartComplete({ ...target, Key: key, UploadId: id, Parts: parts }),
    );
    return readAnswer('CompleteMultipartUpload', answer.ETag, answer.headers);
  } catch (error) {
    // Gone, perhaps because it was completed and only the answer was lost: the SDK repeats what had no answer.
    const gone = error instanceof AppError && error.details.cosCode === 'NoSuchUpload';
    const facts = gone ? await headObject(session, key) : null;
    if (facts?.crc64 !== source.crc64()) throw error;
    return facts;
  }
}

/** The failure has closed the session of the upload. */
async function tryToAbort({ id }: Begun, { key, withSession, logger }: MultipartOptions): Promise<void> {
  await withSession((session) => abortUpload(session, { key, id })).catch((error: unknown) => {
    logger.warn({ err: error, key }, 'a multipart upload could not be aborted: its parts stay until a lifecycle rule');
  });
}
