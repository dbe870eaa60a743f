import { Readable } from 'node:stream';
import type { FileSource } from './file-source.ts';
import { readAnswer, type StoredAnswer } from './object-facts.ts';
import type { CosSession } from './session.ts';

export interface StreamedOptions {
  readonly key: string;
  readonly contentType: string;
  readonly onProgress: (uploadedBytes: number) => void;
}

/** A PUT takes at most 5 GB. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;
const PIECE_BYTES = 1024 * 1024;

/**
 * Uploads a large file by one PUT, for keys that may do no more than that, as those of the recipe's callers often are.
 * The SDK doesn't repeat a streamed body, and nothing can be taken up again: second best, after parts.
 */
export async function putStreamed(
  session: CosSession,
  source: FileSource,
  { key, contentType, onProgress }: StreamedOptions,
): Promise<StoredAnswer> {
  const pieces = async function* () {
    for (let sent = 0; sent < source.size; sent += PIECE_BYTES) {
      yield await source.read(PIECE_BYTES);
      // Asked for the next one: the last one has gone out.
      onProgress(Math.min(sent + PIECE_BYTES, source.size));
    }
  };
  const answer = await session.call('PutObject', (cos, target) => {
    const body = Readable.from(pieces(), { objectMode: false, highWaterMark: PIECE_BYTES });
    const object = { Key: key, Body: body, ContentLength: source.size, ContentType: contentType };
    return cos.putObject({ ...target, ...object, ...{ SkipTask: true } });
  });
  return readAnswer('PutObject', answer.ETag, answer.headers);
}
