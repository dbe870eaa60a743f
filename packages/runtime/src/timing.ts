import { setTimeout as delay } from 'node:timers/promises';

/** Waits `ms`, or rejects with the signal's reason when it is aborted first. */
export const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await delay(ms, undefined, signal === undefined ? {} : { signal });
};

/**
 * The value of `promise`, or the error made by `onTimeout` after `ms`. The promise itself goes on; its late rejection
 * is swallowed, because nobody is left to hear it.
 */
export async function withTimeout<T>(promise: Promise<T>, ms: number, onTimeout: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onTimeout()), ms);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export interface BackoffBounds {
  readonly firstMs: number;
  readonly maxMs: number;
  /** The part by which a wait is shortened at most, at random: what failed together doesn't all come back together. */
  readonly jitter: number;
}

/** ms until the next attempt after `failures` of them: `firstMs`, doubling up to `maxMs`, shortened by the jitter. */
export function backoffMs(failures: number, { firstMs, maxMs, jitter }: BackoffBounds, random = Math.random): number {
  const full = Math.min(firstMs * 2 ** Math.min(failures - 1, 30), maxMs);
  return Math.round(full * (1 - jitter * random()));
}
