import { getBucket, headBucket, listMultipartUploads } from './bucket-operations.ts';
import type { Handler } from './context.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  initiateMultipartUpload,
  listParts,
  uploadPart,
} from './multipart-operations.ts';
import { deleteMultipleObjects, deleteObject, getObject, headObject, putObject } from './object-operations.ts';
import type { Operation } from './operation.ts';

export const handlers: Readonly<Record<Operation, Handler>> = {
  HeadBucket: headBucket,
  GetBucket: getBucket,
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  DeleteMultipleObjects: deleteMultipleObjects,
  InitiateMultipartUpload: initiateMultipartUpload,
  UploadPart: uploadPart,
  ListParts: listParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListMultipartUploads: listMultipartUploads,
};
