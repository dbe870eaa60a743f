/** A refusal in COS's own words: the `Code` and `Message` of its error document, and the HTTP status. */
export class CosError extends Error {
  override readonly name = 'CosError';
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const accessDenied = (message = 'Access Denied.') => new CosError(403, 'AccessDenied', message);
export const noSuchBucket = () => new CosError(404, 'NoSuchBucket', 'The specified bucket does not exist.');
export const noSuchKey = () => new CosError(404, 'NoSuchKey', 'The specified key does not exist.');
export const noSuchUpload = () =>
  new CosError(404, 'NoSuchUpload', 'The specified multipart upload does not exist. The upload ID might be invalid.');
export const badDigest = () =>
  new CosError(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
export const invalidArgument = (message: string) => new CosError(400, 'InvalidArgument', message);
