import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { CosError } from './cos-error.ts';
import { xmlDocument, type XmlElements } from './xml.ts';

/** Bytes `start` to `end` (inclusive) of a file. */
export interface FileBody {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | FileBody;
}

export const xmlAnswer = (tree: XmlElements, headers: Answer['headers'] = {}): Answer => ({
  status: 200,
  headers: { 'Content-Type': 'application/xml', ...headers },
  body: xmlDocument(tree),
});

/** COS's error document. */
export const errorAnswer = ({ status, code, message }: CosError, resource: string, requestId: string): Answer => ({
  status,
  headers: { 'Content-Type': 'application/xml' },
  body: xmlDocument({
    Error: {
      Code: code,
      Message: message,
      Resource: resource,
      RequestId: requestId,
      // The SDK sets its clock by it after a refusal for the time.
      ServerTime: `${new Date().toISOString().slice(0, 19)}Z`,
    },
  }),
});

const lengthOf = (body: Answer['body']): number => {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.end - body.start + 1;
};

/** Sends an answer; `cut` breaks the connection off in the middle of it. */
export async function send(response: ServerResponse, answer: Answer, { cut = false } = {}): Promise<void> {
  const { status, headers = {}, body } = answer;
  const length = lengthOf(body);
  const isHead = response.req.method === 'HEAD';
  response.writeHead(status, { ...(isHead || status === 204 ? {} : { 'Content-Length': length }), ...headers });
  if (cut) {
    await cutOff(response, answer, Math.floor(length / 2));
  } else if (body === undefined || isHead) {
    response.end();
  } else if (typeof body === 'string') {
    response.end(body);
  } else if (length === 0) {
    response.end();
  } else {
    await pipeline(createReadStream(body.file, { start: body.start, end: body.end }), response);
  }
}

async function cutOff(response: ServerResponse, { body }: Answer, bytes: number): Promise<void> {
  response.flushHeaders();
  if (typeof body === 'string') response.write(body.slice(0, bytes));
  else if (body !== undefined && bytes > 0)
    await pipeline(createReadStream(body.file, { start: body.start, end: body.start + bytes - 1 }), response, {
      end: false,
    });
  // What was written has to leave before the connection goes.
  await new Promise((resolve) => response.write('', resolve));
  response.destroy();
}
