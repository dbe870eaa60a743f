import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@trtc-recorder/runtime';
import type { FastifyInstance } from 'fastify';
import { errorAnswer, REQUEST_ID_HEADER } from './answer.ts';

/** Node's codes for requests that never became one; any other is a request that is not HTTP. */
const FAULTS: Readonly<Record<string, AppError>> = {
  HPE_HEADER_OVERFLOW: new AppError('RequestHeadersTooLarge', 'the request line and headers exceed 16 KiB'),
  ERR_HTTP_REQUEST_TIMEOUT: new AppError('RequestTimeout', 'the request did not arrive within 30 s'),
};
/** How long the caller has to read the answer and close, ms. */
const LINGER_MS = 1_000;
const NOT_HTTP = new AppError('InvalidParameter', 'the request is not valid HTTP/1.1');

/** Answers what the HTTP parser refuses, in the shape of every other refusal, and closes the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const requestId = randomUUID();
  const { status, body } = errorAnswer(requestId, FAULTS[error.code ?? ''] ?? NOT_HTTP);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `${REQUEST_ID_HEADER}: ${requestId}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  if (!socket.writable) return void socket.destroy();
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  // Destroyed at once, with unread bytes of the request, the connection would be reset before the answer is read.
  socket.setTimeout(LINGER_MS, () => socket.destroy());
}

/** `Expect` with anything but 100-continue may be ignored; Node would answer 417 without a body. */
export function ignoreExpectations({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}
