import { createHmac } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

export interface UserSigRequest {
  readonly sdkAppId: number;
  /** Secret key of the TRTC application. */
  readonly secretKey: string;
  readonly userId: string;
  /** Seconds the signature lives from `now` on. */
  readonly expireSeconds: number;
  /** ms since the epoch; the clock by default. */
  readonly now?: number;
}

/** What a UserSig says of itself; it can be read without the key. */
export interface DecodedUserSig {
  readonly userId: string;
  readonly sdkAppId: number;
  /** When it was made, ms since the epoch. */
  readonly issuedAt: number;
  /** From when on TRTC refuses it, ms since the epoch. */
  readonly expiresAt: number;
}

/** A real one inflates to about 200 bytes, with a private map key to about 400. */
const MAX_INFLATED_BYTES = 16_384;

const toUrlSafe = (base64: string) => base64.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
const fromUrlSafe = (text: string) => text.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '=');

/** Signs a UserSig, version 2.0: the algorithm of npm `tls-sig-api-v2`, which has neither types nor an injectable clock. */
export function signUserSig({ sdkAppId, secretKey, userId, expireSeconds, now = Date.now() }: UserSigRequest): string {
  const time = Math.floor(now / 1000);
  const signed = `TLS.identifier:${userId}\nTLS.sdkappid:${sdkAppId}\nTLS.time:${time}\nTLS.expire:${expireSeconds}\n`;
  const document = {
    'TLS.ver': '2.0',
    'TLS.identifier': userId,
    'TLS.sdkappid': sdkAppId,
    'TLS.time': time,
    'TLS.expire': expireSeconds,
    'TLS.sig': createHmac('sha256', secretKey).update(signed).digest('base64'),
  };
  return toUrlSafe(deflateSync(JSON.stringify(document)).toString('base64'));
}

/** Reads a UserSig, or null when it is none. What it inflates to is limited, since a stranger sends it. */
export function decodeUserSig(text: string): DecodedUserSig | null {
  const document = inflate(text);
  if (document === null) return null;
  const { 'TLS.identifier': userId, 'TLS.sig': signature } = document;
  const sdkAppId = wholeNumber(document['TLS.sdkappid']);
  const time = wholeNumber(document['TLS.time']);
  const expire = wholeNumber(document['TLS.expire']);
  if (typeof userId !== 'string' || typeof signature !== 'string') return null;
  if (sdkAppId === null || time === null || expire === null) return null;
  return { userId, sdkAppId, issuedAt: time * 1000, expiresAt: (time + expire) * 1000 };
}

export interface UserSigCheck {
  readonly userSig: string;
  readonly sdkAppId: number;
  readonly userId: string;
  /** ms since the epoch. */
  readonly now: number;
}

/**
 * What is wrong with a caller's UserSig as far as it can be told without the key, as words for the caller; null when
 * nothing is. Only TRTC, or the holder of the key, can tell whether it was signed with the right one.
 */
export function checkUserSig({ userSig, sdkAppId, userId, now }: UserSigCheck): string | null {
  const decoded = decodeUserSig(userSig);
  if (decoded === null) return 'is not a UserSig: it cannot be decoded';
  if (decoded.sdkAppId !== sdkAppId) return `was signed for SdkAppId ${decoded.sdkAppId}, not for ${sdkAppId}`;
  if (decoded.userId !== userId)
    return `was signed for UserId ${JSON.stringify(decoded.userId)}, not for ${JSON.stringify(userId)}`;
  if (decoded.expiresAt <= now) return `expired at ${isoTime(decoded.expiresAt)}`;
  return null;
}

function inflate(text: string): Record<string, unknown> | null {
  try {
    const packed = Buffer.from(fromUrlSafe(text), 'base64');
    const json = inflateSync(packed, { maxOutputLength: MAX_INFLATED_BYTES }).toString('utf8');
    const document: unknown = JSON.parse(json);
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Some signers write the numbers as text. */
function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** A stranger's number may lie beyond the range of dates. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'a time out of range' : date.toISOString();
}
