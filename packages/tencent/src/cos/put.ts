import { createHash } from 'node:crypto';
import type { FileSource } from './file-source.ts';
import { readAnswer, type StoredAnswer } from './object-facts.ts';
import type { CosSession } from './session.ts';

export const md5Of = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();

/**
 * Uploads a small file by one PUT. The body is a buffer, because the SDK repeats only those; the SDK's upload queue is
 * passed by, because it keeps its own books of what runs.
 */
export async function putWhole(
  session: CosSession,
  source: FileSource,
  { key, contentType }: { readonly key: string; readonly contentType: string },
): Promise<StoredAnswer> {
  const body = await source.read(source.size);
  const answer = await session.call('PutObject', (cos, target) => {
    const options = { SkipTask: true, ContentMD5: md5Of(body).toString('base64') };
    const object = { Key: key, Body: body, ContentLength: body.length, ContentType: contentType };
    return cos.putObject({ ...target, ...object, ...options });
  });
  return readAnswer('PutObject', answer.ETag, answer.headers);
}
