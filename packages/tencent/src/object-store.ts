import type { Logger, ProxySettings } from '@trtc-recorder/runtime';
import type { BucketAccess, UploadRequest } from './cos/access.ts';
import { Limiter } from './cos/limiter.ts';
import { listObjects, type ListedObject } from './cos/list.ts';
import { abortUpload, listOpenUploads } from './cos/open-uploads.ts';
import { Paces } from './cos/pace.ts';
import { CosSession, type CosEndpoint } from './cos/session.ts';
import { uploadFile, type Uploaded } from './cos/upload.ts';

export type { BucketAccess, ObjectAccess, UploadRequest } from './cos/access.ts';
export type { CosEndpoint } from './cos/session.ts';
export type { ListedObject } from './cos/list.ts';
export type { Uploaded } from './cos/upload.ts';

export interface ObjectStoreOptions {
  /** Where requests go instead of the real COS (the sandbox); null or left out: the real one. */
  readonly endpoint?: CosEndpoint | null;
  /** Bytes of a part of a multipart upload, from 1 to 64 MiB; what is no larger goes up by one PUT. */
  readonly partSize: number;
  /** Bodies under way at once, over all uploads: each is held in memory. */
  readonly concurrency: number;
  /** How long nothing of a request may come or go, ms. */
  readonly requestTimeoutMs: number;
  /** For the way to the real COS; left out: none. */
  readonly proxy?: ProxySettings;
  readonly logger: Logger;
}

/**
 * COS as this product uses it. Errors are the catalogue's: CosAccessDenied, CosBucketNotFound, CosRejected (all final),
 * CosUnavailable, CosDigestMismatch (worth a retry), CredentialsUnavailable, SpoolFailed. Repeating is the caller's
 * business: every method may be repeated.
 */
export interface ObjectStore {
  /**
   * Uploads a file and makes sure that it is stored as it is here, before it resolves. Repeated after a passing fault it
   * goes on where it stopped, and does nothing when the object is there already.
   */
  upload(request: UploadRequest): Promise<Uploaded>;
  /** All objects whose key begins with `prefix`. */
  list(access: BucketAccess & { readonly prefix: string }): Promise<ListedObject[]>;
  /** Aborts the multipart uploads whose key begins with `prefix`, which would be billed for ever; gives their number. */
  abortUploads(access: BucketAccess & { readonly prefix: string }): Promise<number>;
}

export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { endpoint, partSize, concurrency, requestTimeoutMs, proxy, logger } = options;
  const bodies = new Limiter(concurrency);
  const paces = new Paces({ partSize, parallel: concurrency, silenceMs: requestTimeoutMs });

  const withSession = async <T>(access: BucketAccess, work: (session: CosSession) => Promise<T>): Promise<T> => {
    const session = new CosSession({ ...access, endpoint, proxy, pace: paces.of(access) });
    try {
      return await work(session);
    } finally {
      session.close();
    }
  };

  return {
    upload: (request) =>
      withSession(request, (session) =>
        uploadFile(session, request, {
          pace: paces.of(request),
          bodies,
          withSession: (work) => withSession(request, work),
          logger,
        }),
      ),
    list: ({ prefix, ...access }) => withSession(access, (session) => listObjects(session, prefix)),
    abortUploads: ({ prefix, ...access }) =>
      withSession(access, async (session) => {
        const open = await listOpenUploads(session, prefix);
        for (const upload of open) await abortUpload(session, upload);
        return open.length;
      }),
  };
}
