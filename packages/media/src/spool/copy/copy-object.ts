import { createHash } from 'node:crypto';
import { AppError } from '@trtc-recorder/runtime';
import { z } from 'zod';

/** How far a spool has been copied; enough to go on copying it. */
const PositionsSchema = z.object({
  /** Bytes of the journal. */
  journal: z.int().min(0),
  /** Segments that still have bytes to come: how many are copied, and how many there are once the segment is closed. */
  segments: z.record(z.string(), z.object({ copied: z.int().min(0), closed: z.int().min(0).optional() })),
});
export type CopyPositions = z.infer<typeof PositionsSchema>;

/** Nothing a user chose is ever part of a path, not even when the object was tampered with. */
const CopiedFileSchema = z.string().regex(/^(?:journal\.ndjson|\d{6,}\.mkv)$/);

const HeaderSchema = z.object({
  format: z.literal('trtc-recorder-spool-copy'),
  version: z.literal(1),
  /** Where copying is once this object is stored. */
  positions: PositionsSchema,
  pieces: z.array(z.object({ file: CopiedFileSchema, offset: z.int().min(0), length: z.int().min(0) })),
});

/** What one file grew by. A segment has its final name here, whether it is still open or not. */
export interface CopyPiece {
  readonly file: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What a spool grew by since the copy before: the contents of one object. */
export interface SpoolCopy {
  readonly positions: CopyPositions;
  readonly pieces: readonly CopyPiece[];
}

const DIGEST_BYTES = 32;
const digestOf = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** One line of JSON that says what follows, the pieces' bytes, and the SHA-256 of all that. */
export const encodeCopy = ({ positions, pieces }: SpoolCopy): Buffer => {
  const header: z.infer<typeof HeaderSchema> = {
    format: 'trtc-recorder-spool-copy',
    version: 1,
    positions,
    pieces: pieces.map(({ file, offset, bytes }) => ({ file, offset, length: bytes.length })),
  };
  const body = [Buffer.from(`${JSON.stringify(header)}\n`), ...pieces.map(({ bytes }) => bytes)];
  return Buffer.concat([...body, digestOf(...body)]);
};

const damaged = (what: string, cause?: unknown): AppError =>
  new AppError('SpoolFailed', `a copy of the spool cannot be read: ${what}`, { cause, retryable: false });

const readHeader = (line: Buffer): z.infer<typeof HeaderSchema> => {
  try {
    return HeaderSchema.parse(JSON.parse(line.toString()));
  } catch (error) {
    throw damaged('it does not begin as one', error);
  }
};

/** Error: SpoolFailed when the object isn't whole or isn't a copy. */
export const decodeCopy = (object: Buffer): SpoolCopy => {
  const body = object.subarray(0, Math.max(0, object.length - DIGEST_BYTES));
  if (!digestOf(body).equals(object.subarray(body.length))) throw damaged('its digest is wrong');
  const headerEnd = body.indexOf('\n');
  const { positions, pieces } = readHeader(body.subarray(0, Math.max(0, headerEnd)));
  let from = headerEnd + 1;
  const read = pieces.map(({ file, offset, length }) => {
    const bytes = body.subarray(from, (from += length));
    return { file, offset, bytes };
  });
  if (from !== body.length) throw damaged('its pieces do not add up');
  return { positions, pieces: read };
};
