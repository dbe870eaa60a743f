import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { AppError, errorMessage } from '@trtc-recorder/runtime';
import { checkedLookup, checkHost, type AddressPolicy } from './addresses.ts';

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PostLimits {
  /** From the DNS query until the answer's head is there, ms. */
  readonly timeoutMs: number;
  /** Until the connection, with TLS, stands, ms. */
  readonly connectTimeoutMs: number;
  readonly policy: AddressPolicy;
}

/** An answer's body is read so far, so that the receiver isn't cut off in mid-sentence, and dropped. */
const MAX_BODY_BYTES = 64 * 1024;
const BODY_WITHIN_MS = 1_000;

/**
 * POSTs once, on a connection of its own (a kept one may be dead, and a POST can't be repeated unnoticed), and gives
 * the answer's status. Redirects are not followed.
 * Errors: CallbackUnreachable: no name, no connection, no TLS, no answer in time, address refused.
 */
export function post({ url, body, headers }: PostRequest, limits: PostLimits): Promise<number> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    checkHost(target.hostname, limits.policy);
    const secure = target.protocol === 'https:';
    const request = (secure ? https : http).request(target, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      lookup: checkedLookup(limits.policy),
    });
    const giveUp = (what: string, ms: number) =>
      setTimeout(() => request.destroy(new AppError('CallbackUnreachable', `${what} within ${ms} ms`)), ms);
    const overall = giveUp('no answer', limits.timeoutMs);
    const connecting = giveUp('no connection', limits.connectTimeoutMs);
    request.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
    });
    request.on('response', (response) => {
      clearTimeout(overall);
      drain(response);
      resolve(response.statusCode ?? 0);
    });
    request.on('error', (error) => reject(unreachable(error)));
    request.on('close', () => {
      clearTimeout(overall);
      clearTimeout(connecting);
      reject(new AppError('CallbackUnreachable', 'the receiver closed the connection without an answer'));
    });
    request.end(body);
  });
}

function drain(response: IncomingMessage): void {
  let bytes = 0;
  const enough = setTimeout(() => response.destroy(), BODY_WITHIN_MS);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) response.destroy();
  });
  // The status has been taken: how the body ends doesn't matter any more.
  response.on('error', () => undefined);
  response.on('close', () => clearTimeout(enough));
}

/** Node's error in words; its code (ECONNREFUSED, CERT_HAS_EXPIRED, …) is what an operator looks up. */
function unreachable(error: Error): AppError {
  if (error instanceof AppError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const what = code !== undefined && isTlsFault(code) ? 'TLS failed' : 'no connection or answer';
  const message = `${what}: ${errorMessage(error)}${code === undefined ? '' : ` (${code})`}`;
  return new AppError('CallbackUnreachable', message, { cause: error });
}

const isTlsFault = (code: string): boolean => /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code);
