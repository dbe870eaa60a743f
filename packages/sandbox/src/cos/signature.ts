import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { accessDenied, CosError } from './cos-error.ts';
import type { CosRequest, Operation } from './operation.ts';

/** Keys that the sandbox accepts, and what they may do. */
export interface CloudKey {
  readonly secretId: string;
  readonly secretKey: string;
  /** Temporary keys work with their token only. */
  readonly sessionToken?: string;
  /** From when on they are refused, ms since the epoch. */
  readonly expiresAt?: number;
  /** What they may do; everything by default. */
  readonly allow?: readonly Operation[];
}

export type KeyLookup = (secretId: string) => CloudKey | undefined;

/** How far a clock may be ahead of the server's, in seconds. */
const MAX_SKEW_S = 900;

interface Authorization {
  readonly secretId: string;
  readonly signTime: string;
  readonly keyTime: string;
  readonly headers: readonly string[];
  readonly params: readonly string[];
  readonly signature: string;
}

/**
 * Verifies the `Authorization` header (COS API, "Request Signature": q-sign-algorithm=sha1) and the session token, and
 * looks whether the keys have the right. Throws what COS answers.
 */
export function authorize(request: CosRequest, lookup: KeyLookup, now: number): void {
  const authorization = readAuthorization(request.message.headers.authorization);
  const key = lookup(authorization.secretId);
  if (key === undefined)
    throw new CosError(403, 'InvalidAccessKeyId', 'The access key Id you provided does not exist in our records.');
  checkTime(authorization.keyTime, now);
  if (!isSignedBy(request, authorization, key.secretKey))
    throw new CosError(
      403,
      'SignatureDoesNotMatch',
      'The Signature you specified is invalid. Please check your SecretKey and signing method.',
    );
  checkToken(request, key, now);
  if (key.allow !== undefined && !key.allow.includes(request.operation)) throw accessDenied();
}

function readAuthorization(header: string | undefined): Authorization {
  if (header === undefined || header === '') throw accessDenied();
  const fields = new Map(header.split('&').map((pair) => [pair.split('=')[0] ?? '', pair.replace(/^[^=]*=/, '')]));
  const field = (name: string) => fields.get(name) ?? '';
  if (field('q-sign-algorithm') !== 'sha1') throw accessDenied('The sign algorithm has to be sha1.');
  const list = (name: string) =>
    field(name)
      .split(';')
      .filter((item) => item !== '');
  return {
    secretId: field('q-ak'),
    signTime: field('q-sign-time'),
    keyTime: field('q-key-time'),
    headers: list('q-header-list'),
    params: list('q-url-param-list'),
    signature: field('q-signature'),
  };
}

/** The SDK corrects its clock when it is told either of these; both carry the server's time. */
function checkTime(keyTime: string, now: number): void {
  const [start, end] = keyTime.split(';').map(Number);
  const seconds = now / 1000;
  if (start === undefined || end === undefined || Number.isNaN(start + end)) throw accessDenied('Invalid q-key-time.');
  if (end < seconds) throw accessDenied('Request has expired');
  if (start > seconds + MAX_SKEW_S)
    throw new CosError(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
}

function checkToken(request: CosRequest, key: CloudKey, now: number): void {
  const token = request.message.headers['x-cos-security-token'];
  if (token !== key.sessionToken)
    throw new CosError(403, 'InvalidToken', 'The provided token does not belong to the access key Id.');
  if (key.expiresAt !== undefined && key.expiresAt <= now)
    throw new CosError(403, 'ExpiredToken', 'The provided token has expired.');
}

function isSignedBy(request: CosRequest, authorization: Authorization, secretKey: string): boolean {
  const signKey = hmac(secretKey, authorization.keyTime);
  const digest = createHash('sha1').update(httpString(request, authorization)).digest('hex');
  const expected = Buffer.from(hmac(signKey, `sha1\n${authorization.signTime}\n${digest}\n`));
  const given = Buffer.from(authorization.signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

const hmac = (key: string, text: string) => createHmac('sha1', key).update(text).digest('hex');

/** Method, path, signed parameters and signed headers, one a line. */
function httpString(request: CosRequest, { headers, params }: Authorization): string {
  const query = new Map([...request.query].map(([name, value]) => [encode(name).toLowerCase(), value]));
  const sent = request.message.headers;
  const headerValue = (name: string) => [sent[name] ?? ''].flat().join(',');
  const pairs = (names: readonly string[], valueOf: (name: string) => string) =>
    names.map((name) => `${name}=${encode(valueOf(name))}`).join('&');
  return [
    request.method.toLowerCase(),
    `/${request.key}`,
    pairs(params, (name) => query.get(name) ?? ''),
    pairs(headers, headerValue),
    '',
  ].join('\n');
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
