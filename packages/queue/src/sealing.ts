import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '@trtc-recorder/runtime';

/** What a sealed text is for; it can be opened for nothing else. */
export type SealPurpose = 'recording-secrets' | 'callback-url' | 'key-check';

/** Seals texts with AES-256-GCM so that Redis, its backups and Bull Board never show a secret. */
export interface Sealer {
  /** Bound to the RequestId and the purpose: a sealed text moved to another job can't be opened. */
  seal(text: string, requestId: string, purpose: SealPurpose): string;
  /** Errors: SealKeyMissing; SealBroken. */
  open(sealed: string, requestId: string, purpose: SealPurpose): string;
  /** Id of the key that seals. */
  readonly keyId: string;
}

const VERSION = 's1';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Short enough to show, and it tells nothing about the key. */
const keyIdOf = (key: Buffer): string => createHash('sha256').update('key-id:').update(key).digest('hex').slice(0, 8);

const aad = (requestId: string, purpose: SealPurpose): Buffer => Buffer.from(`${VERSION}|${purpose}|${requestId}`);

/**
 * A sealer over `payloadKeys` (each 32 bytes, base64). The first seals, all of them open: to rotate, add the new key
 * at the end everywhere, then move it to the front, then remove the old one when nothing sealed with it is left: after
 * the longest recording, the time its delivery may take, and the retention time. What is still there then waits.
 */
export function createSealer(payloadKeys: readonly string[]): Sealer {
  const keys = new Map(payloadKeys.map(decodeKey).map((key) => [keyIdOf(key), key]));
  const [first] = keys;
  if (first === undefined) throw new AppError('InvalidConfiguration', 'PAYLOAD_KEY: no key is given');
  const [keyId, key] = first;
  return {
    keyId,
    seal(text, requestId, purpose) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(requestId, purpose));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [VERSION, keyId, iv.toString('base64url'), sealed.toString('base64url')].join('.');
    },
    open(sealed, requestId, purpose) {
      const [version, id = '', iv = '', data = ''] = sealed.split('.');
      const openingKey = keys.get(id);
      if (version !== VERSION) throw broken();
      if (openingKey === undefined) throw missing(id);
      return decrypt(openingKey, iv, Buffer.from(data, 'base64url'), aad(requestId, purpose));
    },
  };
}

function decrypt(key: Buffer, iv: string, data: Buffer, additional: Buffer): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES })
      .setAAD(additional)
      .setAuthTag(data.subarray(data.length - TAG_BYTES));
    const text = Buffer.concat([decipher.update(data.subarray(0, data.length - TAG_BYTES)), decipher.final()]);
    return text.toString('utf8');
  } catch (cause) {
    throw broken(cause);
  }
}

const missing = (keyId: string): AppError =>
  new AppError(
    'SealKeyMissing',
    `sealed with a key (${keyId.slice(0, 8)}) that PAYLOAD_KEY doesn't have here: put it back at the end of PAYLOAD_KEY`,
  );

const broken = (cause?: unknown): AppError =>
  new AppError('SealBroken', 'the sealed secrets were changed or belong to another recording', { cause });

function decodeKey(text: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES)
    throw new AppError(
      'InvalidConfiguration',
      `PAYLOAD_KEY: each key must be ${KEY_BYTES} bytes, base64 (openssl rand -base64 32); one has ${key.length}`,
    );
  return key;
}
