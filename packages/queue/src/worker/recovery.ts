import type { Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { QUEUES, recordingTimes, SETTLE_MS } from '../catalogue.ts';
import { freeJobsOfTheDead } from '../redis/free-jobs-of-the-dead.ts';

export interface RecoveryParts {
  readonly redis: Redis;
  /** ms since this worker's connections have last been away. */
  readonly steadyMs: () => number;
  /** BullMQ's check: gives out again what has no lock any more. Answers with the ids. */
  readonly moveStalled: () => Promise<string[]>;
  readonly logger: Logger;
}

/**
 * Looks again and again for recordings whose worker is dead, and gives them out. In place of BullMQ's own timer, which
 * looks at once when a Redis that was away is back: that would give recordings away whose workers are about to take
 * their locks back.
 */
export function startRecovery({ redis, steadyMs, moveStalled, logger }: RecoveryParts): { stop(): void } {
  let looking = false;
  const look = async (): Promise<void> => {
    const dead = await freeJobsOfTheDead(redis, QUEUES.recordings, recordingTimes);
    const moved = await moveStalled();
    if (moved.length > 0)
      logger.warn({ requestIds: moved, foundDead: dead }, 'recordings whose worker is gone are given out again');
  };
  const timer = setInterval(() => {
    if (looking || steadyMs() < SETTLE_MS) return;
    looking = true;
    look()
      .catch((error: unknown) => logger.warn({ err: error }, 'could not look for recordings whose worker is gone'))
      .finally(() => {
        looking = false;
      });
  }, recordingTimes.lookMs);
  return { stop: () => clearInterval(timer) };
}
