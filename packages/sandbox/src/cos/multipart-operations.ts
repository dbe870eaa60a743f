import { xmlAnswer } from './answer.ts';
import { contentTypeOf, isoTime, type Context, type Handler } from './context.ts';
import { invalidArgument } from './cos-error.ts';
import { limited, pageSize } from './paging.ts';
import { corrupt } from './object-files.ts';
import type { CosRequest } from './operation.ts';
import { receive, receiveText } from './received.ts';
import { chosenParts, joinParts, multipartEtag, type Upload } from './uploads.ts';
import { innerOf, textOf } from './xml.ts';

const MAX_PART_NUMBER = 10_000;

export const initiateMultipartUpload: Handler = (request, { uploads }) => {
  const { bucket, key } = request;
  const upload = uploads.initiate({ bucket, key }, contentTypeOf(request));
  return xmlAnswer({ InitiateMultipartUploadResult: { Bucket: bucket, Key: key, UploadId: upload.id } });
};

export const uploadPart: Handler = async (request, context) => {
  const number = Number(request.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER)
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive.');
  const upload = uploadOf(request, context);
  const received = await receive(request.message, context.files.temporaryFile());
  await context.uploads.addPart(upload, number, context.corrupted ? await corrupt(received) : received);
  return { status: 200, headers: { ETag: `"${received.md5}"`, 'x-cos-hash-crc64ecma': received.crc64 } };
};

export const listParts: Handler = (request, context) => {
  const upload = uploadOf(request, context);
  const after = Number(request.query.get('part-number-marker') ?? 0);
  const parts = [...upload.parts.values()].sort((one, other) => one.number - other.number);
  const { page, truncated } = limited(
    parts.filter((part) => part.number > after),
    pageSize(request, 'max-parts'),
  );
  return xmlAnswer({
    ListPartsResult: {
      Bucket: request.bucket,
      Key: request.key,
      UploadId: upload.id,
      PartNumberMarker: after,
      NextPartNumberMarker: truncated ? page.at(-1)?.number : undefined,
      IsTruncated: String(truncated),
      Part: page.map(({ number, lastModified, md5, size }) => ({
        PartNumber: number,
        LastModified: isoTime(lastModified),
        ETag: `"${md5}"`,
        Size: size,
      })),
    },
  });
};

export const completeMultipartUpload: Handler = async (request, context) => {
  const upload = uploadOf(request, context);
  const names = innerOf(await receiveText(request.message), 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: textOf(part, 'ETag') ?? '',
  }));
  const parts = chosenParts(upload, names);
  const joined = await joinParts(parts, context.files.temporaryFile());
  const etag = multipartEtag(parts);
  const { bucket, region, key } = request;
  await context.files.put({ bucket, key }, joined, { etag, contentType: upload.contentType });
  await context.uploads.discard(upload);
  const location = `${bucket}.cos.${region}.myqcloud.com/${key}`;
  return xmlAnswer(
    { CompleteMultipartUploadResult: { Location: location, Bucket: bucket, Key: key, ETag: etag } },
    { 'x-cos-hash-crc64ecma': joined.crc64 },
  );
};

export const abortMultipartUpload: Handler = async (request, context) => {
  await context.uploads.discard(uploadOf(request, context));
  return { status: 204 };
};

function uploadOf({ bucket, key, query }: CosRequest, { uploads }: Context): Upload {
  return uploads.get(bucket, key, query.get('uploadId') ?? '');
}
