import type { Answer } from './answer.ts';
import type { ObjectFiles } from './object-files.ts';
import type { CosRequest } from './operation.ts';
import type { Uploads } from './uploads.ts';

/** What an operation works with. */
export interface Context {
  readonly files: ObjectFiles;
  readonly uploads: Uploads;
  /** Whether a fault asks for the stored bytes to be wrong. */
  readonly corrupted: boolean;
}

export type Handler = (request: CosRequest, context: Context) => Promise<Answer> | Answer;

/** COS's time format in XML documents. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** The content type of a request, as it is kept with the object. */
export const contentTypeOf = (request: CosRequest): string =>
  request.message.headers['content-type'] ?? 'application/octet-stream';
