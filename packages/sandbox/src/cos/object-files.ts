import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Crc64 } from './crc64.ts';
import { escapedPath, readablePath } from './object-path.ts';
import type { Received } from './received.ts';

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  /** Below the data directory. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Quoted, as COS sends it: the MD5, or for a multipart upload `"<MD5 of the parts' MD5s>-<parts>"`. */
  readonly etag: string;
  readonly crc64: string;
  readonly contentType: string;
  /** ms since the epoch. */
  readonly lastModified: number;
}

/** What a file system says when a key's path is taken by a directory, or runs through a file. */
const PATH_TAKEN = new Set(['ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ']);

/**
 * Objects as files of a directory, `<bucket>/<key>`, so that a person finds them. What a file cannot hold (digests,
 * content type, a key that is no file name) lies beside, below `.cos`. Files appear whole, by renaming.
 */
export class ObjectFiles {
  readonly #root: string;
  readonly #index = new Map<string, Map<string, StoredObject>>();

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  /** Finds what an earlier run stored; files that a person has removed since are forgotten. */
  async load(): Promise<void> {
    await rm(this.#private('tmp'), { recursive: true, force: true });
    await mkdir(this.#private('tmp'), { recursive: true });
    await mkdir(this.#private('objects'), { recursive: true });
    for (const name of await readdir(this.#private('objects'))) {
      const object = JSON.parse(await readFile(this.#private('objects', name), 'utf8')) as StoredObject;
      const found = await stat(this.absolutePath(object)).catch(() => undefined);
      if (found?.size === object.size) this.#bucket(object.bucket).set(object.key, object);
      else await rm(this.#private('objects', name), { force: true });
    }
  }

  temporaryFile(): string {
    return this.#private('tmp', randomUUID());
  }

  absolutePath(object: StoredObject): string {
    return path.join(this.#root, object.path);
  }

  get(bucket: string, key: string): StoredObject | undefined {
    return this.#index.get(bucket)?.get(key);
  }

  /** By key, in the order of COS: that of the UTF-8 bytes. */
  list(bucket: string): StoredObject[] {
    const objects = [...(this.#index.get(bucket)?.values() ?? [])];
    return objects.sort((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)));
  }

  /** Makes a received body the object of this key, in place of the one before. */
  async put(
    { bucket, key }: { readonly bucket: string; readonly key: string },
    { file, size, crc64 }: Pick<Received, 'file' | 'size' | 'crc64'>,
    { etag, contentType }: Pick<StoredObject, 'etag' | 'contentType'>,
  ): Promise<StoredObject> {
    const before = this.get(bucket, key);
    const placed = await this.#place(bucket, key, file);
    const object = { bucket, key, path: placed, size, etag, crc64, contentType, lastModified: Date.now() };
    await writeFile(this.#sidecar(object), JSON.stringify(object, null, 2));
    if (before !== undefined && before.path !== placed) await rm(this.absolutePath(before), { force: true });
    this.#bucket(bucket).set(key, object);
    return object;
  }

  async remove(bucket: string, key: string): Promise<void> {
    const object = this.get(bucket, key);
    if (object === undefined) return;
    this.#bucket(bucket).delete(key);
    await rm(this.absolutePath(object), { force: true });
    await rm(this.#sidecar(object), { force: true });
  }

  async #place(bucket: string, key: string, file: string): Promise<string> {
    const readable = readablePath(bucket, key);
    if (readable !== undefined && (await this.#move(file, readable))) return readable;
    const escaped = escapedPath(bucket, key);
    if (!(await this.#move(file, escaped))) throw new Error(`no place for an object of bucket ${bucket}`);
    return escaped;
  }

  async #move(file: string, target: string): Promise<boolean> {
    const absolute = path.join(this.#root, target);
    try {
      await mkdir(path.dirname(absolute), { recursive: true });
      await rename(file, absolute);
      return true;
    } catch (error) {
      if (PATH_TAKEN.has((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
  }

  #bucket(name: string): Map<string, StoredObject> {
    const bucket = this.#index.get(name) ?? new Map<string, StoredObject>();
    this.#index.set(name, bucket);
    return bucket;
  }

  #sidecar({ bucket, key }: StoredObject): string {
    return this.#private('objects', `${createHash('sha256').update(`${bucket}/${key}`).digest('hex')}.json`);
  }

  #private(...names: string[]): string {
    return path.join(this.#root, '.cos', ...names);
  }
}

/** Turns one byte in the middle of a file over; what was received keeps its digest, what is stored has another. */
export async function corrupt(received: Received): Promise<Received> {
  if (received.size === 0) return received;
  const at = Math.floor(received.size / 2);
  const handle = await open(received.file, 'r+');
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Buffer.from([~(buffer[0] ?? 0) & 0xff]), 0, 1, at);
  } finally {
    await handle.close();
  }
  return { ...received, crc64: await crc64OfFile(received.file) };
}

async function crc64OfFile(file: string): Promise<string> {
  const crc64 = new Crc64();
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) crc64.update(chunk);
  return crc64.digest();
}
