import { askedRestMs, isMachineFault, sleep, toAppError, type AppError } from '@trtc-recorder/runtime';
import pRetry from 'p-retry';

export interface StepRetry {
  /** What is tried, for the job's log: `join`, `upload anna_main.mp4`. */
  readonly what: string;
  readonly retries: number;
  /** First wait, ms; it doubles up to `maxMs`, with jitter. */
  readonly minMs: number;
  readonly maxMs: number;
  /** No further try is begun after this time, ms. */
  readonly withinMs?: number;
  readonly signal: AbortSignal;
  log(line: string): Promise<void>;
}

/**
 * Tries `attempt` until it succeeds, its error says that a retry can't help, the tries are used up, or the signal is
 * aborted (its reason is thrown then). Throws the last error as an AppError. p-retry does the waiting.
 */
export const withStepRetry = <T>(retry: StepRetry, attempt: () => Promise<T>): Promise<T> =>
  pRetry(
    () =>
      attempt().catch((error: unknown) => {
        throw toAppError(error);
      }),
    {
      retries: retry.retries,
      minTimeout: retry.minMs,
      maxTimeout: retry.maxMs,
      ...(retry.withinMs !== undefined && { maxRetryTime: retry.withinMs }),
      randomize: true,
      signal: retry.signal,
      shouldRetry: ({ error }) => mayRetry(toAppError(error), retry),
      onFailedAttempt: async ({ attemptNumber, retriesLeft, error }) => {
        const failure = toAppError(error);
        if (retriesLeft === 0 || !mayRetry(failure, retry)) return;
        await retry.log(`${retry.what}: attempt ${attemptNumber} failed, trying again: ${error.message}`);
        if (askedRestMs(failure) > 0) await sleep(askedRestMs(failure), retry.signal);
      },
    },
  );

/**
 * A server that asks for more time than a step waits is for the queue to wait for. A fault of the machine is for another
 * worker: see steps/wait-for-machine.ts.
 */
const mayRetry = (error: AppError, { maxMs }: StepRetry): boolean =>
  error.retryable && !isMachineFault(error) && askedRestMs(error) <= maxMs;
