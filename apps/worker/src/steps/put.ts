import { AppError, toAppError } from '@trtc-recorder/runtime';
import type { Delivered, Job, Place, Ports } from '../ports.ts';
import { withStepRetry } from '../step-retry.ts';
import type { Outage } from './outage.ts';

export interface PutRequest {
  /** For the job's log. */
  readonly what: string;
  readonly file: string;
  readonly contentType: string;
  /** Key of the object at a place: every place has a path of its own. */
  readonly key: (place: Place) => string;
}

export interface Put extends Delivered {
  /** Why it lies in the backup: what the place where it should be said last. Absent when it is where it should be. */
  readonly insteadOf?: string;
}

/** Tries within one round: short, because the worker's place is held meanwhile. The queue does the long waiting. */
const RETRY = { retries: 3, minMs: 1_000, maxMs: 10_000, withinMs: 45_000 };

/**
 * Uploads a file to the place where it should be, or to the backup: after `backupAfterRounds` failed rounds, and at once
 * when the first refuses for good. Error: what the first place said, retryable if any of them may do later.
 */
export async function put(request: PutRequest, job: Job, ports: Ports, outage: Outage): Promise<Put> {
  const { first, backup } = ports.store.places(job);
  const { uploadRounds = 0, cause = 'failed' } = job.state.delivery ?? {};
  const { backupAfterRounds, backoff } = ports.settings.delivery;
  const attempt = attempts(request, job, { once: outage.isSuspected, firstMs: backoff.firstMs });
  if (backup !== null && uploadRounds >= backupAfterRounds) {
    const preferred = await attempt(backup);
    if (!(preferred instanceof AppError)) return { ...preferred, insteadOf: `${first.name}: ${cause}` };
    const again = await attempt(first);
    if (!(again instanceof AppError)) return again;
    throw both(again, preferred);
  }
  const wanted = await attempt(first);
  if (!(wanted instanceof AppError)) return wanted;
  if (backup === null || wanted.retryable) throw wanted;
  const instead = await attempt(backup);
  if (!(instead instanceof AppError)) return { ...instead, insteadOf: `${first.name}: ${wanted.message}` };
  throw both(wanted, instead);
}

/** Tries one place until it has the file, refuses it, or has failed for long enough. Throws when the job is to end. */
const attempts =
  ({ what, file, contentType, key }: PutRequest, job: Job, { once, firstMs }: { once: boolean; firstMs: number }) =>
  async (place: Place): Promise<Delivered | AppError> => {
    const tries = { ...RETRY, minMs: Math.min(RETRY.minMs, firstMs), ...(once && { retries: 0 }) };
    const retry = { what, ...tries, signal: job.signal, log: (line: string) => job.log(line) };
    try {
      return await withStepRetry(retry, () => place.upload(file, key(place), contentType));
    } catch (error) {
      job.signal.throwIfAborted();
      return toAppError(error);
    }
  };

const both = (first: AppError, backup: AppError): AppError =>
  new AppError(first.code, `${first.message}; the backup: ${backup.message}`, {
    cause: first,
    retryable: first.retryable || backup.retryable,
  });
