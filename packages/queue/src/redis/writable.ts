import { backoffMs, errorMessage, sleep, type Logger } from '@trtc-recorder/runtime';

/**
 * Answers of a Redis that is there and takes no writes for now: its memory or its disk is full, it is a replica or has
 * lost its own, it still reads its data or is busy. Redis before 7 says so in the middle of a script's error.
 */
const REFUSAL = /(?:^|\s-)(?:OOM|MISCONF|READONLY|NOREPLICAS|MASTERDOWN|LOADING|BUSY)\s/;
const BACKOFF = { firstMs: 50, maxMs: 1_000, jitter: 0.5 } as const;

export const isRefusal = (error: unknown): boolean => REFUSAL.test(errorMessage(error));

/**
 * Writes as soon as Redis takes writes: one that refuses them is as good as away, and what a recording has to keep
 * waits for it. Rejects when the signal is aborted meanwhile.
 */
export async function onceWritable<T>(
  write: () => Promise<T>,
  { logger, signal }: { readonly logger: Logger; readonly signal?: AbortSignal },
): Promise<T> {
  for (let refusals = 0; ;) {
    try {
      return await write();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (refusals === 0) logger.warn({ err: error }, 'Redis takes no writes; waiting until it does');
    }
    refusals += 1;
    await sleep(backoffMs(refusals, BACKOFF), signal);
  }
}
