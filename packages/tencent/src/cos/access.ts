import type { CredentialsProvider } from '../credentials/credentials.ts';

/** Whose bucket, with which keys. */
export interface BucketAccess {
  /** `name-appid`. */
  readonly bucket: string;
  readonly region: string;
  readonly credentials: CredentialsProvider;
  /** Cancels the work; it then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ObjectAccess extends BucketAccess {
  readonly key: string;
}

export interface UploadRequest extends ObjectAccess {
  /** Path of the local file. */
  readonly file: string;
  readonly contentType: string;
  readonly onProgress?: ((progress: { uploadedBytes: number; totalBytes: number }) => void) | undefined;
}
