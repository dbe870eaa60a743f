import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { AppError, createAgent, retryAfterMs, type NameSources, type ProxySettings } from '@trtc-recorder/runtime';
import { checkAddress, checkBehindProxy, checkHost, type AddressPolicy } from './addresses.ts';
import { AnswerHead } from './answer-head.ts';
import { unreachable } from './unreachable.ts';

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
  /** Left out: no proxy. */
  readonly proxy?: ProxySettings;
  /** Left out: the machine's own. */
  readonly names?: NameSources;
}

export interface Answer {
  readonly status: number;
  /** How long the receiver asks to be left alone, ms. */
  readonly retryAfterMs?: number | undefined;
}

/** An answer's body is read so far, so that the receiver isn't cut off in mid-sentence, and dropped. */
const MAX_BODY_BYTES = 64 * 1024;
const BODY_WITHIN_MS = 1_000;
const MAX_HEAD_BYTES = 256 * 1024;
/** The longest Retry-After that is waited for, ms. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * POSTs once, on a connection of its own (a kept one may be dead, and a POST can't be repeated unnoticed), and gives
 * the answer. Redirects are not followed.
 * Errors: CallbackUnreachable: no name, no connection, no TLS, no answer in time, address refused; `details.connected`
 * says whether there was a connection.
 */
export async function post({ url, body, headers }: PostRequest, limits: PostLimits): Promise<Answer> {
  const target = new URL(url);
  checkHost(target.hostname, limits.policy);
  await checkBehindProxy(target, limits);
  const agent = createAgent(target.protocol, {
    connectTimeoutMs: Math.min(limits.connectTimeoutMs, limits.timeoutMs),
    check: (address) => checkAddress(address, limits.policy),
    proxy: limits.proxy,
    names: limits.names,
  });
  const request = (target.protocol === 'https:' ? https : http).request(target, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    agent,
    // On a connection that carries one answer, nothing can be smuggled past a patient parser.
    insecureHTTPParser: true,
    maxHeaderSize: MAX_HEAD_BYTES,
  });
  const answer = answerTo(request, () => agent.destroy(), limits.timeoutMs);
  request.end(body);
  return answer;
}

function answerTo(request: ClientRequest, drop: () => void, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const head = new AnswerHead();
    let connected = false;
    const fail = (error: unknown) => {
      clearTimeout(overall);
      drop();
      if (head.status === undefined) reject(unreachable(error, connected));
      else resolve(answered(head.status, { 'retry-after': head.header('retry-after'), date: head.header('date') }));
    };
    const overall = setTimeout(() => {
      fail(new AppError('CallbackUnreachable', `no answer within ${timeoutMs} ms`));
      request.destroy();
    }, timeoutMs);
    request.on('socket', (socket) => {
      connected = true;
      // Before Node's parser, which destroys the connection at what it can't read.
      socket.prependListener('data', (chunk: Buffer) => head.add(chunk));
    });
    request.on('response', (response) => {
      clearTimeout(overall);
      drain(response, drop);
      resolve(answered(response.statusCode ?? 0, response.headers));
    });
    request.on('error', fail);
    request.on('close', () => {
      fail(new AppError('CallbackUnreachable', 'the receiver closed the connection without an answer'));
    });
  });
}

const answered = (status: number, headers: Parameters<typeof retryAfterMs>[0]): Answer => ({
  status,
  retryAfterMs: retryAfterMs(headers, MAX_RETRY_AFTER_MS),
});

function drain(response: IncomingMessage, drop: () => void): void {
  let bytes = 0;
  const enough = setTimeout(() => response.destroy(), BODY_WITHIN_MS);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) response.destroy();
  });
  // The status has been taken: how the body ends doesn't matter any more.
  response.on('error', () => undefined);
  response.on('close', () => {
    clearTimeout(enough);
    drop();
  });
}
