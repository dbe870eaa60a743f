import { createHash } from 'node:crypto';
import path from 'node:path';

/** Where objects lie whose keys are no names for files. */
const ESCAPED = '.escaped';
/** Linux and macOS take names of 255 bytes. */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 3000;

/**
 * Where a person finds an object: `<bucket>/<key>`. Keys that would leave the directory, or that no file system takes,
 * have none and get `escapedPath`.
 */
export function readablePath(bucket: string, key: string): string | undefined {
  const segments = key.split('/');
  const usable =
    Buffer.byteLength(key) <= MAX_PATH_BYTES && segments[0] !== ESCAPED && segments.every((segment) => isName(segment));
  return usable ? path.join(bucket, ...segments) : undefined;
}

/** `<bucket>/.escaped/<digest of the key>`: the index beside the objects tells the key. */
export const escapedPath = (bucket: string, key: string): string =>
  path.join(bucket, ESCAPED, createHash('sha256').update(key).digest('hex'));

const isName = (segment: string): boolean =>
  segment !== '' &&
  segment !== '.' &&
  segment !== '..' &&
  !/[\p{Cc}\p{Cs}\\]/u.test(segment) &&
  Buffer.byteLength(segment) <= MAX_NAME_BYTES;
