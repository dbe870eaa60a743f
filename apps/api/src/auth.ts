import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@trtc-recorder/runtime';
import type { FastifyRequest } from 'fastify';
import { isLoopback } from './settings.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Who sends a request, without saying the token: Idempotency-Keys of different callers don't meet. */
export type Caller = string;
const ANYBODY: Caller = 'anybody';

/**
 * Tells who the caller is, or why it is refused (Unauthorized).
 *
 * With tokens: `Bearer <token>`, or Basic with the token as the password, as browsers send it. Without: everybody on
 * this machine, but only by a loopback name, so that no web page gets in by a host name it points to 127.0.0.1.
 */
export function createGate(tokens: readonly string[]): (request: FastifyRequest) => Caller | AppError {
  const known = tokens.map(digest);
  if (known.length === 0) return refuseForeignHost;
  return ({ headers }) => {
    const given = tokenOf(headers.authorization);
    const found = given === null ? undefined : known.find((token) => timingSafeEqual(token, digest(given)));
    return found?.toString('hex') ?? unauthorized('the token is missing or is none of the configured ones');
  };
}

const unauthorized = (message: string): AppError => new AppError('Unauthorized', message);

const refuseForeignHost = ({ hostname }: FastifyRequest): Caller | AppError =>
  isLoopback(hostname.replace(/^\[|\]$/g, ''))
    ? ANYBODY
    : unauthorized('without API_TOKENS only requests to a loopback name are answered');

function tokenOf(authorization: string | undefined): string | null {
  const [scheme = '', value = ''] = authorization?.split(' ', 2) ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  return credentials.slice(credentials.indexOf(':') + 1);
}
