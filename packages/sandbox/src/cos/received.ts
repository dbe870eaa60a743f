import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { badDigest, CosError } from './cos-error.ts';
import { Crc64 } from './crc64.ts';

/** A body that lies on disk, with the digests of what came. */
export interface Received {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly md5: string;
  readonly crc64: string;
}

/** A PUT takes at most 5 GB. */
const MAX_BODY_BYTES = 5 * 1024 ** 3;

/** Writes a request's body to `file`, which is removed when the body doesn't arrive whole or isn't what was announced. */
export async function receive(message: IncomingMessage, file: string): Promise<Received> {
  const announced = contentLength(message);
  const md5 = createHash('md5');
  const crc64 = new Crc64();
  let size = 0;
  const measure = async function* (body: AsyncIterable<Buffer>) {
    for await (const chunk of body) {
      md5.update(chunk);
      crc64.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  try {
    await pipeline(message, measure, createWriteStream(file));
    if (size !== announced) throw new CosError(400, 'IncompleteBody', 'The body is shorter than announced.');
    const digest = md5.digest();
    const expected = message.headers['content-md5'];
    if (typeof expected === 'string' && expected !== digest.toString('base64')) throw badDigest();
    return { file, size, md5: digest.toString('hex'), crc64: crc64.digest() };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

function contentLength(message: IncomingMessage): number {
  const text = message.headers['content-length'];
  if (text === undefined)
    throw new CosError(411, 'MissingContentLength', 'You must provide the Content-Length header.');
  if (Number(text) > MAX_BODY_BYTES)
    throw new CosError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.');
  return Number(text);
}

/** A small body, such as an XML document, as text. */
export async function receiveText(message: IncomingMessage, limit = 2 * 1024 ** 2): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new CosError(400, 'MaxMessageLengthExceeded', 'Your request was too big.');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const expected = message.headers['content-md5'];
  if (typeof expected === 'string' && expected !== createHash('md5').update(body).digest('base64')) throw badDigest();
  return body.toString('utf8');
}
