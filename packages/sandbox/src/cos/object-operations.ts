import type { Answer } from './answer.ts';
import { xmlAnswer } from './answer.ts';
import { contentTypeOf, type Context, type Handler } from './context.ts';
import { CosError, noSuchKey } from './cos-error.ts';
import { corrupt, type StoredObject } from './object-files.ts';
import type { CosRequest } from './operation.ts';
import { receive, receiveText } from './received.ts';
import { innerOf, textOf } from './xml.ts';

export const putObject: Handler = async (request, { files, corrupted }) => {
  const received = await receive(request.message, files.temporaryFile());
  const etag = `"${received.md5}"`;
  await files.put(request, corrupted ? await corrupt(received) : received, {
    etag,
    contentType: contentTypeOf(request),
  });
  return { status: 200, headers: { ETag: etag, 'x-cos-hash-crc64ecma': received.crc64 } };
};

export const headObject: Handler = (request, context) => {
  const object = existing(request, context);
  return { status: 200, headers: { ...describe(object), 'Content-Length': object.size } };
};

export const getObject: Handler = (request, context): Answer => {
  const object = existing(request, context);
  const range = readRange(request.message.headers.range, object.size);
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...describe(object),
      ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${object.size}` }),
    },
    body: { file: context.files.absolutePath(object), start, end },
  };
};

/** Deleting what isn't there succeeds too. */
export const deleteObject: Handler = async ({ bucket, key }, { files }) => {
  await files.remove(bucket, key);
  return { status: 204 };
};

export const deleteMultipleObjects: Handler = async (request, { files }) => {
  const document = await receiveText(request.message);
  const keys = innerOf(document, 'Object').flatMap((object) => textOf(object, 'Key') ?? []);
  for (const key of keys) await files.remove(request.bucket, key.replace(/^\//, ''));
  const quiet = textOf(document, 'Quiet') === 'true';
  return xmlAnswer({ DeleteResult: { Deleted: quiet ? [] : keys.map((key) => ({ Key: key })) } });
};

function existing({ bucket, key }: CosRequest, { files }: Context): StoredObject {
  const object = files.get(bucket, key);
  if (object === undefined) throw noSuchKey();
  return object;
}

const describe = (object: StoredObject) => ({
  ETag: object.etag,
  'Content-Type': object.contentType,
  'Last-Modified': new Date(object.lastModified).toUTCString(),
  'Accept-Ranges': 'bytes',
  'x-cos-hash-crc64ecma': object.crc64,
});

/** `bytes=a-b`, `bytes=a-` or `bytes=-n`; anything else counts as absent, as HTTP has it. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw new CosError(416, 'InvalidRange', 'The requested range cannot be satisfied.');
  return { start, end };
}
