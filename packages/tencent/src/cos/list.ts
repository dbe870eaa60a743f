import type COS from 'cos-nodejs-sdk-v5';
import { unquoted } from './object-facts.ts';
import type { CosSession } from './session.ts';
import { isListing, unexpected } from './unexpected.ts';

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
}

/** All objects whose key begins with `prefix`, page by page. */
export async function listObjects(session: CosSession, prefix: string): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const params = { Prefix: prefix, Marker: marker };
    const page: COS.GetBucketResult = await session.call('GetBucket', (cos, target) =>
      cos.getBucket({ ...target, ...params }),
    );
    if (!isListing(page)) throw unexpected('GetBucket');
    for (const { Key, Size, ETag } of page.Contents) found.push({ key: Key, size: Number(Size), etag: unquoted(ETag) });
    marker = page.IsTruncated === 'true' && page.NextMarker ? page.NextMarker : undefined;
  }
  return found;
}
