import type { IncomingMessage } from 'node:http';
import { CosError, noSuchBucket } from './cos-error.ts';

/** The operations of the COS XML API that are spoken here, by the names its documentation and its policies use. */
export type Operation =
  | 'HeadBucket'
  | 'GetBucket'
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'DeleteMultipleObjects'
  | 'InitiateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploads';

export interface CosRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly bucket: string;
  readonly region: string;
  /** Decoded, without the leading slash; empty for the bucket itself. */
  readonly key: string;
  /** Decoded; names as sent. */
  readonly query: ReadonlyMap<string, string>;
  readonly message: IncomingMessage;
}

/** `<bucket>.cos.<region>.myqcloud.com`, the SDK's fallback domain, and the hosts of the oldest regions. */
const HOST = /^([a-z0-9-]+-\d+)\.(?:cos\.)?([a-z0-9-]+)\.(?:myqcloud\.com|tencentcos\.cn)(?::\d+)?$/;

/** Reads what is asked for from the method, the Host header and the URL. */
export function readRequest(message: IncomingMessage): CosRequest {
  const [, bucket, region] = HOST.exec(message.headers.host ?? '') ?? [];
  if (bucket === undefined || region === undefined) throw noSuchBucket();
  const method = message.method ?? 'GET';
  const [path = '/', search = ''] = splitOnce(message.url ?? '/', '?');
  const key = decode(path).replace(/^\//, '');
  const query = readQuery(search);
  const operation = operationOf(method, key, query);
  if (operation === undefined)
    throw new CosError(405, 'MethodNotAllowed', 'This operation is not part of the sandbox.');
  return { operation, method, bucket, region, key, query, message };
}

function operationOf(method: string, key: string, query: ReadonlyMap<string, string>): Operation | undefined {
  if (key === '') return bucketOperation(method, query);
  const multipart = query.has('uploadId');
  switch (method) {
    case 'PUT':
      return multipart ? 'UploadPart' : 'PutObject';
    case 'GET':
      return multipart ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'DELETE':
      return multipart ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      if (query.has('uploads')) return 'InitiateMultipartUpload';
      return multipart ? 'CompleteMultipartUpload' : undefined;
    default:
      return undefined;
  }
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): Operation | undefined {
  if (method === 'HEAD') return 'HeadBucket';
  if (method === 'GET') return query.has('uploads') ? 'ListMultipartUploads' : 'GetBucket';
  return method === 'POST' && query.has('delete') ? 'DeleteMultipleObjects' : undefined;
}

function readQuery(search: string): Map<string, string> {
  const pairs = search.split('&').filter((pair) => pair !== '');
  return new Map(
    pairs.map((pair) => {
      const [name = '', value = ''] = splitOnce(pair, '=');
      return [decode(name), decode(value)];
    }),
  );
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CosError(400, 'InvalidURI', 'Could not parse the specified URI.');
  }
}
