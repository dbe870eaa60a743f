import { AppError, errorMessage } from '@trtc-recorder/runtime';

/** Names ioredis gives to its errors. */
const REDIS_ERRORS = new Set([
  'ReplyError',
  'MaxRetriesPerRequestError',
  'ConnectionClosedError',
  'ClusterAllFailedError',
]);
const REDIS_MESSAGES =
  /^(?:Connection is closed|Command timed out|Stream isn't writeable|All sentinels are unreachable)/;

const isRedisError = (error: unknown): boolean =>
  error instanceof Error &&
  (REDIS_ERRORS.has(error.name) || REDIS_MESSAGES.test(error.message) || ('syscall' in error && 'code' in error));

/** Runs `work`; when Redis is what failed, the error is QueueUnavailable. */
export async function overRedis<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isRedisError(error)) throw error;
    throw new AppError('QueueUnavailable', `Redis does not answer: ${errorMessage(error)}`, { cause: error });
  }
}

/** The job's failed reason: code and message, as far as they are known. Stack traces and causes go to the log only. */
export const failureText = (error: unknown): string =>
  error instanceof AppError ? `${error.message} (${error.code})` : `${errorMessage(error)} (InternalError)`;
