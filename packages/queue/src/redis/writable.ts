import { backoffMs, sleep, type Logger } from '@trtc-recorder/runtime';
import { redisFaultOf } from './redis-fault.ts';

const BACKOFF = { firstMs: 50, maxMs: 1_000, jitter: 0.5 } as const;
/** A command that Redis may never take is tried for so long, ms. */
const UNCLEAR_FOR_MS = 60 * 60_000;
/** How often it is logged that Redis still refuses, ms. */
const LOG_EVERY_MS = 60_000;

/**
 * Does it as soon as Redis lets it be done, a write or a read: a Redis that refuses for now is as good as away, and what
 * a recording has to keep or to know waits for it. Rejects when the signal is aborted meanwhile.
 */
export async function onceWritable<T>(
  write: () => Promise<T>,
  { logger, signal }: { readonly logger: Logger; readonly signal?: AbortSignal },
): Promise<T> {
  const begunAt = performance.now();
  let loggedAt = Number.NEGATIVE_INFINITY;
  for (let refusals = 1; ; refusals += 1) {
    try {
      return await write();
    } catch (error) {
      const waitedMs = performance.now() - begunAt;
      if (!mayPass(error, waitedMs)) throw error;
      if (performance.now() - loggedAt >= LOG_EVERY_MS) {
        loggedAt = performance.now();
        logger.warn({ err: error, waitedMs: Math.round(waitedMs) }, 'Redis refuses for now; waiting until it does not');
      }
    }
    await sleep(backoffMs(refusals, BACKOFF), signal);
  }
}

function mayPass(error: unknown, waitedMs: number): boolean {
  const fault = redisFaultOf(error);
  return fault === 'not-now' || (fault === 'unclear' && waitedMs < UNCLEAR_FOR_MS);
}
