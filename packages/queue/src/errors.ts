import { AppError, errorMessage } from '@trtc-recorder/runtime';
import { redisFaultOf } from './redis/redis-fault.ts';

/** What ioredis says, as plain errors, where it gives a command up: out of time, or its connection ended. */
const GIVEN_UP = /^(?:Connection is closed|Command timed out|Stream isn't writeable|All sentinels are unreachable)/;

const isRedisError = (error: unknown): boolean =>
  redisFaultOf(error) !== null || (error instanceof Error && GIVEN_UP.test(error.message));

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
