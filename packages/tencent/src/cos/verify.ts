import { AppError, type Logger } from '@trtc-recorder/runtime';
import { headObject, type ObjectFacts, type StoredAnswer } from './object-facts.ts';
import type { CosSession } from './session.ts';

/** What was sent. */
export interface Sent {
  /** Bytes. */
  readonly size: number;
  readonly crc64: string;
}

const isDenied = (error: unknown) => error instanceof AppError && error.code === 'CosAccessDenied';

/**
 * Makes sure that COS holds what was sent: size and CRC-64 of the stored object, asked for by HEAD. Keys without the
 * right to ask are common; then the digest in COS's answer to the upload has to do. Error: CosDigestMismatch.
 */
export async function verifyStored(
  session: CosSession,
  { key, sent, answer, logger }: { key: string; sent: Sent; answer: StoredAnswer; logger: Logger },
): Promise<ObjectFacts> {
  try {
    return await askWhatIsStored(session, { key, sent, answer });
  } catch (error) {
    if (!isDenied(error) || answer.crc64 === undefined) throw error;
    if (answer.crc64 !== sent.crc64) throw mismatch('the digest COS answered is not that of the file');
    logger.warn({ key }, 'the keys may not HeadObject: verified by the answer to the upload alone');
    return { ...answer, size: sent.size };
  }
}

/** Asks by HEAD. Error: CosDigestMismatch. */
export async function askWhatIsStored(
  session: CosSession,
  { key, sent, answer }: { key: string; sent: Sent; answer: StoredAnswer },
): Promise<ObjectFacts> {
  const facts = await headObject(session, key);
  if (facts === null) throw mismatch('the object is not there after its upload');
  if (facts.size !== sent.size) throw mismatch(`it holds ${facts.size} bytes instead of ${sent.size}`);
  // Digests are missing on some private deployments only: there the ETag has to be the one that was answered.
  const same = facts.crc64 === undefined ? facts.etag === answer.etag : facts.crc64 === sent.crc64;
  if (!same) throw mismatch('its digest is not that of the file');
  return facts;
}

const mismatch = (what: string) => new AppError('CosDigestMismatch', `the stored object is wrong: ${what}`);
