import { AppError, errorMessage } from '@trtc-recorder/runtime';

/** What was tried, for the words of an error. */
export interface Attempt {
  /** As COS's access policies name it: `PutObject`, `UploadPart`… */
  readonly operation: string;
  readonly bucket: string;
  readonly region: string;
  /** Whether other keys may come later (see CredentialsProvider). */
  readonly renewable: boolean;
}

/** What the SDK rejects with: not always an Error, and not always whole. */
interface SdkFailure {
  /** COS's code, a status as text, a code of the network, or `Error`. */
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

type Explain = (failure: SdkFailure, attempt: Attempt) => AppError;

const place = ({ bucket, region }: Attempt) => `bucket ${bucket} in ${region}`;
const denied = (message: string, retryable: boolean) => new AppError('CosAccessDenied', message, { retryable });
const unavailable = (message: string) => new AppError('CosUnavailable', message);

/** Keys that were good once: their provider renews them, or the caller gives the recording new ones. */
const expired: Explain = ({ code }) => denied(`the SessionToken has expired (${code}): new keys are needed`, true);
const foreign: Explain = ({ code }, { renewable }) =>
  denied(`the SessionToken has expired or does not belong to the keys (${code})`, renewable);
const skewed: Explain = ({ code }) =>
  denied(`COS finds the request's time wrong (${code}): check the clock of this machine`, true);
const startAnew: Explain = ({ code }) => unavailable(`the multipart upload is gone (${code}); it starts anew`);
const elsewhere: Explain = ({ code }, attempt) =>
  new AppError('CosBucketNotFound', `there is no ${place(attempt)} (${code}): check CosConfig.Bucket and Region`);
const digest: Explain = ({ code }) =>
  new AppError('CosDigestMismatch', `what COS received is not what was sent (${code})`);

const busy: Explain = ({ code, status }) => unavailable(`COS answered ${status ?? 'nothing'} (${code})`);

/** COS's own codes (COS API, "Error Codes"). */
const BY_CODE: Readonly<Record<string, Explain>> = {
  InvalidAccessKeyId: ({ code }, { renewable }) => denied(`COS does not know the SecretId (${code})`, renewable),
  SignatureDoesNotMatch: ({ code }, { renewable }) =>
    denied(`the SecretKey does not belong to the SecretId (${code})`, renewable),
  ExpiredToken: expired,
  InvalidToken: foreign,
  RequestTimeTooSkewed: skewed,
  NoSuchBucket: elsewhere,
  PermanentRedirect: elsewhere,
  NoSuchUpload: startAnew,
  InvalidPart: startAnew,
  BadDigest: digest,
  InvalidDigest: digest,
  InternalError: busy,
  ServiceUnavailable: busy,
  SlowDown: busy,
  RequestTimeout: ({ code }) => unavailable(`COS waited in vain for the body (${code})`),
};

/** What COS says of keys that others should replace, not of what they may do. */
const KEY_CODES = new Set(['ExpiredToken', 'InvalidToken', 'InvalidAccessKeyId']);

export const blamesKeys = ({ details }: AppError): boolean => KEY_CODES.has(String(details.cosCode));

/** A failure of the COS SDK as an error of the catalogue: whose fault it is, and whether trying again can help. */
export function toCosError(error: unknown, attempt: Attempt): AppError {
  if (error instanceof AppError) return error;
  const failure = readFailure(error);
  const { code, message, details } = withRequest(explain(failure, attempt), failure, attempt);
  const { retryable } = explain(failure, attempt);
  return new AppError(code, message, { cause: plain(error), retryable, details });
}

/** The same error of a COS that asked to be left alone (Retry-After). */
export function restingError({ code, message, retryable, cause, details }: AppError, restMs: number): AppError {
  const text = `${message}; it asks to be left alone for ${Math.ceil(restMs / 1000)} s`;
  return new AppError(code, text, { cause, retryable, details: { ...details, retryAfterMs: restMs } });
}

function explain(failure: SdkFailure, attempt: Attempt): AppError {
  const { code, message, status } = failure;
  const known = BY_CODE[code];
  if (code === 'AccessDenied' && message.includes('has expired')) return skewed(failure, attempt);
  if (known !== undefined) return known(failure, attempt);
  if (status === undefined || isSuccess(status)) return ofNetwork(failure, attempt);
  if (status === 403) return denied(`the keys may not ${attempt.operation} in ${place(attempt)} (${code})`, false);
  if (status >= 500 || status === 429) return unavailable(`COS answered ${status} (${code})`);
  if (status >= 300 && status < 400) return elsewhere(failure, attempt);
  return new AppError('CosRejected', `COS refused to ${attempt.operation} in ${place(attempt)}: ${code}: ${message}`);
}

/** A 2xx that failed: its body broke off, or was an error document after all, as a completion may have it. */
const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** No whole answer came. Codes of the system and of TLS are in capitals; the SDK's own complaints have the code `Error`. */
function ofNetwork({ code, message }: SdkFailure, attempt: Attempt): AppError {
  if (code === 'ENOTFOUND')
    return unavailable(`the host of ${place(attempt)} is not known: check CosConfig.Region, or the DNS (${code})`);
  if (/^[A-Z][A-Z_\d]+$/.test(code)) return unavailable(`COS could not be reached: ${message} (${code})`);
  return new AppError('CosRejected', `the request could not be made: ${message}`);
}

function withRequest(error: AppError, { code, requestId, status }: SdkFailure, { operation, bucket, region }: Attempt) {
  const message = requestId === undefined ? error.message : `${error.message}, COS request ${requestId}`;
  const brokeOff = status === undefined && !isConnecting(code);
  return {
    code: error.code,
    message,
    details: { operation, bucket, region, status, cosCode: code, requestId, brokeOff },
  };
}

/** Codes of a connection that never stood, as opposed to one that broke off. */
const isConnecting = (code: string): boolean => NO_CONNECTION.has(code);
const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'ETIMEOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPROXY',
  'Error',
]);

/** The SDK's errors hold the request with its body and the answer, which no log line needs. */
function plain(error: unknown): Error {
  const copy = new Error(errorMessage(error));
  if (error instanceof Error && error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

function readFailure(error: unknown): SdkFailure {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const headers = (fields.headers ?? {}) as Record<string, unknown>;
  const requestId = fields.RequestId ?? headers['x-cos-request-id'];
  return {
    code: typeof fields.code === 'string' ? fields.code : 'Error',
    message: typeof fields.message === 'string' ? fields.message : String(error),
    status: typeof fields.statusCode === 'number' ? fields.statusCode : undefined,
    requestId: typeof requestId === 'string' ? requestId : undefined,
  };
}
