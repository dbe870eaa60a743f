import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CosError, noSuchUpload } from './cos-error.ts';
import { Crc64 } from './crc64.ts';
import type { Received } from './received.ts';

export interface Part extends Received {
  readonly number: number;
  /** ms since the epoch. */
  readonly lastModified: number;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  /** ms since the epoch. */
  readonly initiated: number;
  readonly parts: Map<number, Part>;
}

export interface PartName {
  readonly number: number;
  /** As the client has it, with or without quotes. */
  readonly etag: string;
}

/** Every part but the last has at least 1 MB (COS API, "Complete Multipart Upload"). */
const MIN_PART_BYTES = 1024 ** 2;

/** Multipart uploads that are neither completed nor aborted. They don't outlive the sandbox; COS keeps them for ever. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();

  initiate({ bucket, key }: Pick<Upload, 'bucket' | 'key'>, contentType: string): Upload {
    // As long as a real one: the millisecond and random digits.
    const id = `${Date.now()}${randomBytes(24).toString('hex')}`;
    const upload: Upload = { id, bucket, key, contentType, initiated: Date.now(), parts: new Map() };
    this.#uploads.set(id, upload);
    return upload;
  }

  get(bucket: string, key: string, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.bucket !== bucket || upload.key !== key) throw noSuchUpload();
    return upload;
  }

  /** By key, then by age. */
  list(bucket: string): Upload[] {
    return [...this.#uploads.values()]
      .filter((upload) => upload.bucket === bucket)
      .sort((one, other) => (one.key === other.key ? one.initiated - other.initiated : one.key < other.key ? -1 : 1));
  }

  async addPart(upload: Upload, number: number, received: Received): Promise<void> {
    const before = upload.parts.get(number);
    upload.parts.set(number, { ...received, number, lastModified: Date.now() });
    if (before !== undefined) await rm(before.file, { force: true });
    // Aborted or completed while the part was on its way.
    if (this.#uploads.get(upload.id) !== upload) {
      await rm(received.file, { force: true });
      throw noSuchUpload();
    }
  }

  async discard(upload: Upload): Promise<void> {
    this.#uploads.delete(upload.id);
    for (const part of upload.parts.values()) await rm(part.file, { force: true });
  }
}

/** The parts that a completion names, in order. Errors: MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall. */
export function chosenParts(upload: Upload, names: readonly PartName[]): Part[] {
  if (names.length === 0) throw new CosError(400, 'MalformedXML', 'The XML you provided was not well-formed.');
  const parts = names.map(({ number, etag }, index) => {
    if (index > 0 && (names[index - 1]?.number ?? 0) >= number)
      throw new CosError(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
    const part = upload.parts.get(number);
    if (part?.md5 !== etag.replaceAll('"', ''))
      throw new CosError(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
    return part;
  });
  if (parts.slice(0, -1).some((part) => part.size < MIN_PART_BYTES))
    throw new CosError(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed object size.');
  return parts;
}

/** The ETag of a multipart object: the MD5 of the parts' MD5s, and their number. */
export function multipartEtag(parts: readonly Part[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.md5, 'hex');
  return `"${md5.digest('hex')}-${parts.length}"`;
}

/** Joins parts to one file. The digest is that of what lies in the part files. */
export async function joinParts(
  parts: readonly Part[],
  file: string,
): Promise<Pick<Received, 'file' | 'size' | 'crc64'>> {
  const crc64 = new Crc64();
  let size = 0;
  const all = async function* () {
    for (const part of parts)
      for await (const chunk of createReadStream(part.file) as AsyncIterable<Buffer>) {
        crc64.update(chunk);
        size += chunk.length;
        yield chunk;
      }
  };
  await pipeline(all, createWriteStream(file));
  return { file, size, crc64: crc64.digest() };
}
