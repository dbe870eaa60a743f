import type COS from 'cos-nodejs-sdk-v5';
import { AppError } from '@trtc-recorder/runtime';
import { unquoted } from './object-facts.ts';
import type { CosSession, Target } from './session.ts';
import { isListing, unexpected } from './unexpected.ts';

/** A multipart upload that was begun and neither completed nor aborted; its parts are stored, and billed. */
export interface OpenUpload {
  readonly key: string;
  readonly id: string;
  /** ms since the epoch. */
  readonly initiated: number;
}

export interface StoredPart {
  readonly number: number;
  /** MD5, lower-case hexadecimal. */
  readonly md5: string;
  /** Bytes. */
  readonly size: number;
}

interface UploadMarker {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

/** All open uploads whose key begins with `prefix`. */
export async function listOpenUploads(session: CosSession, prefix: string): Promise<OpenUpload[]> {
  const found: OpenUpload[] = [];
  for (let marker: UploadMarker | undefined = {}; marker !== undefined;) {
    const params = { ...marker, Prefix: prefix };
    // The SDK's types ask for a Delimiter, which COS does not.
    const ask = (cos: COS, target: Target) => cos.multipartList({ ...target, ...params } as COS.MultipartListParams);
    const page: COS.MultipartListResult = await session.call('ListMultipartUploads', ask);
    if (!isListing(page)) throw unexpected('ListMultipartUploads');
    for (const { Key, UploadId, Initiated } of page.Upload)
      found.push({ key: Key, id: UploadId, initiated: Date.parse(Initiated) });
    marker =
      page.IsTruncated === 'true'
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
  }
  return found;
}

/** The parts of an upload that are stored, by number. */
export async function listParts(
  session: CosSession,
  { key, id }: Pick<OpenUpload, 'key' | 'id'>,
): Promise<Map<number, StoredPart>> {
  const parts = new Map<number, StoredPart>();
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const params = { Key: key, UploadId: id, ...(marker === '' ? {} : { PartNumberMarker: marker }) };
    const ask = (cos: COS, target: Target) => cos.multipartListPart({ ...target, ...params });
    const page: COS.MultipartListPartResult = await session.call('ListParts', ask);
    if (!isListing(page)) throw unexpected('ListParts');
    for (const { PartNumber, ETag, Size } of page.Part) {
      const number = fromXml(PartNumber);
      parts.set(number, { number, md5: unquoted(ETag), size: fromXml(Size) });
    }
    marker = page.IsTruncated === 'true' ? String(page.NextPartNumberMarker) : undefined;
  }
  return parts;
}

/** Numbers that the SDK reads from XML are text, whatever its types say. */
const fromXml = (value: unknown): number => Number(value);

export const abortUpload = (session: CosSession, { key, id }: Pick<OpenUpload, 'key' | 'id'>): Promise<void> =>
  session
    .call('AbortMultipartUpload', (cos, target) => cos.multipartAbort({ ...target, Key: key, UploadId: id }))
    .then(() => undefined, unlessGone);

function unlessGone(error: unknown): void {
  if (!(error instanceof AppError && error.details.status === 404)) throw error;
}
