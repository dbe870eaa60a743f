import type { Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { QUEUES, recordingTimes, SETTLE_MS } from '../catalogue.ts';
import { freeJobsOfTheDead } from '../redis/free-jobs-of-the-dead.ts';
import { ownKeys } from '../redis/keys.ts';

export interface RecoveryParts {
  readonly redis: Redis;
  /** ms since this worker's connections have last been away. */
  readonly steadyMs: () => number;
  /** BullMQ's check: gives out again what has no lock any more. Answers with the ids. */
  readonly moveStalled: () => Promise<string[]>;
  readonly logger: Logger;
}

/** A Redis that takes longer than this to answer was hanging, ms. */
const HANGING_MS = 1_000;

/**
 * Looks again and again for recordings whose worker is dead, and gives them out. In place of BullMQ's own timer, which
 * looks at once when a Redis that was away is back: that would give recordings away whose workers are about to take
 * their locks back. For the same reason a question that Redis answers late condemns nobody (it, or the way to it, was
 * hanging while the locks ran out), nor does a Redis that just refused writes, which renewed no locks. BullMQ's check,
 * which can't be taken back once it is sent, is only asked for when there is something to give out.
 */
export function startRecovery({ redis, steadyMs, moveStalled, logger }: RecoveryParts): { stop(): void } {
  let looking = false;
  let faultAt = Number.NEGATIVE_INFINITY;
  const sinceFault = () => performance.now() - faultAt;
  const look = async (): Promise<void> => {
    const askedAt = performance.now();
    const hung = () => performance.now() - askedAt > HANGING_MS;
    await redis.set(ownKeys.writeProbe, '1');
    if (hung()) faultAt = performance.now();
    if (sinceFault() < SETTLE_MS) return;
    const { freed, unlocked } = await freeJobsOfTheDead(redis, QUEUES.recordings, recordingTimes);
    if (hung()) faultAt = performance.now();
    else if (unlocked > 0) await giveOut(freed);
  };
  const giveOut = async (foundDead: readonly string[]): Promise<void> => {
    const requestIds = await moveStalled();
    if (requestIds.length > 0)
      logger.warn({ requestIds, foundDead }, 'recordings whose worker is gone are given out again');
  };
  const timer = setInterval(() => {
    if (looking || steadyMs() < SETTLE_MS) return;
    looking = true;
    look()
      .catch((error: unknown) => {
        if (sinceFault() >= SETTLE_MS)
          logger.warn({ err: error }, 'could not look for recordings whose worker is gone');
        faultAt = performance.now();
      })
      .finally(() => {
        looking = false;
      });
  }, recordingTimes.lookMs);
  return { stop: () => clearInterval(timer) };
}
