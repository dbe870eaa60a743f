import { xmlAnswer } from './answer.ts';
import { isoTime, type Handler } from './context.ts';
import { keyEncoder, limited, pageSize } from './paging.ts';

export const headBucket: Handler = (request) => ({ status: 200, headers: { 'x-cos-bucket-region': request.region } });

/** "GET Bucket (List Objects)": by prefix, page by page, folded at a delimiter. */
export const getBucket: Handler = (request, { files }) => {
  const { query, bucket } = request;
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('marker') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const encode = keyEncoder(request);
  const candidates = files.list(bucket).filter(({ key }) => key.startsWith(prefix) && key > marker);
  const folderOf = (key: string) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end === -1 ? undefined : key.slice(0, end + delimiter.length);
  };
  const entries = new Map(candidates.map((object) => [folderOf(object.key) ?? object.key, object]));
  const { page, truncated } = limited([...entries], pageSize(request, 'max-keys'));
  const isFolder = ([name, object]: (typeof page)[number]) => name !== object.key;
  return xmlAnswer({
    ListBucketResult: {
      Name: bucket,
      Prefix: encode(prefix),
      Marker: encode(marker),
      MaxKeys: pageSize(request, 'max-keys'),
      IsTruncated: String(truncated),
      // A folder's last key: the next page begins behind all of it.
      NextMarker: truncated ? encode(page.at(-1)?.[1].key ?? '') : undefined,
      Contents: page
        .filter((entry) => !isFolder(entry))
        .map(([, object]) => ({
          Key: encode(object.key),
          LastModified: isoTime(object.lastModified),
          ETag: object.etag,
          Size: object.size,
          StorageClass: 'STANDARD',
        })),
      CommonPrefixes: page.filter(isFolder).map(([name]) => ({ Prefix: encode(name) })),
    },
  });
};

export const listMultipartUploads: Handler = (request, { uploads }) => {
  const { query, bucket } = request;
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const encode = keyEncoder(request);
  const listed = uploads.list(bucket).filter(({ key }) => key.startsWith(prefix) && key >= keyMarker);
  // Those of the marker's own key are behind it once the marked one has passed.
  const marked = listed.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
  const rest =
    marked === -1 ? listed.filter(({ key }) => key > keyMarker || keyMarker === '') : listed.slice(marked + 1);
  const { page, truncated } = limited(rest, pageSize(request, 'max-uploads'));
  const last = truncated ? page.at(-1) : undefined;
  return xmlAnswer({
    ListMultipartUploadsResult: {
      Bucket: bucket,
      Prefix: encode(prefix),
      IsTruncated: String(truncated),
      NextKeyMarker: last === undefined ? undefined : encode(last.key),
      NextUploadIdMarker: last?.id,
      Upload: page.map(({ key, id, initiated }) => ({
        Key: encode(key),
        UploadId: id,
        StorageClass: 'STANDARD',
        Initiated: isoTime(initiated),
      })),
    },
  });
};
