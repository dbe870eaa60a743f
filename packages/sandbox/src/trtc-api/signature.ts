import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';

/** Keys that the sandbox accepts. */
export interface ApiKey {
  readonly secretId: string;
  readonly secretKey: string;
  /** Temporary keys work with their token only. */
  readonly sessionToken?: string;
}

export type ApiKeyLookup = (secretId: string) => ApiKey | undefined;

export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d{2}-\d{2})\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]+)$/;
/** "Timestamp and server time cannot differ by more than five minutes." */
const MAX_SKEW_S = 300;

/** Verifies TC3-HMAC-SHA256 (TencentCloud API, "Signature v3"). Throws the AuthFailure that the real API answers. */
export function authenticate(request: SignedRequest, lookup: ApiKeyLookup, now: number): void {
  const match = AUTHORIZATION.exec(request.headers.authorization ?? '');
  if (match === null) throw new ApiError('AuthFailure.InvalidAuthorization', 'The Authorization header is invalid.');
  const [, secretId = '', date = '', service = '', signedHeaders = '', signature = ''] = match;
  const timestamp = header(request.headers, 'x-tc-timestamp');
  checkTime(Number(timestamp), date, now);
  const key = lookup(secretId);
  if (key === undefined) throw new ApiError('AuthFailure.SecretIdNotFound', 'The SecretId is not found.');
  checkService(service, request.headers.host ?? '');
  const canonical = canonicalRequest(request, signedHeaders);
  const scope = `${date}/${service}/tc3_request`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  const signingKey = hmac(hmac(hmac(`TC3${key.secretKey}`, date), service), 'tc3_request');
  if (!equal(hmac(signingKey, text), Buffer.from(signature, 'hex')))
    throw new ApiError('AuthFailure.SignatureFailure', 'The provided credentials could not be validated.');
  if ((request.headers['x-tc-token'] ?? undefined) !== key.sessionToken)
    throw new ApiError('AuthFailure.TokenFailure', 'The provided token does not belong to the SecretId.');
}

function checkTime(timestamp: number, date: string, now: number): void {
  const skewed = !(Math.abs(timestamp - now / 1000) <= MAX_SKEW_S);
  if (skewed || new Date(timestamp * 1000).toISOString().slice(0, 10) !== date)
    throw new ApiError('AuthFailure.SignatureExpire', 'Timestamp and server time differ by more than five minutes.');
}

/** The SDK names the service after the first label of the endpoint: `trtc`, or `127` where the endpoint is an address. */
function checkService(service: string, host: string): void {
  if (service !== 'trtc' && service !== host.split('.')[0])
    throw new ApiError('AuthFailure.SignatureFailure', 'The credential scope names another service.');
}

function canonicalRequest({ method, url, headers, body }: SignedRequest, signedHeaders: string): string {
  const names = signedHeaders.split(';');
  if (!names.includes('host') || !names.includes('content-type'))
    throw new ApiError('AuthFailure.SignatureFailure', 'The headers host and content-type have to be signed.');
  const [path = '/', query = ''] = url.split('?');
  const lines = names.map((name) => `${name}:${name === 'host' ? hostName(headers) : header(headers, name).trim()}\n`);
  return [method, path, query, lines.join(''), signedHeaders, sha256(body)].join('\n');
}

/** The SDK signs the host without its port. */
const hostName = (headers: IncomingHttpHeaders) => (headers.host ?? '').replace(/:\d+$/, '');

const header = (headers: IncomingHttpHeaders, name: string): string => [headers[name] ?? ''].flat().join(',');
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const equal = (one: Buffer, other: Buffer) => one.length === other.length && timingSafeEqual(one, other);
