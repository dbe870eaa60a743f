import { UnrecoverableError, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { failureText } from '../errors.ts';
import { requestEnd } from '../redis/orders.ts';
import { terminated } from '../terminated.ts';
import { endWaiting } from './end-waiting.ts';

/**
 * `terminated` the recording ends now, or within about a second where a worker has it · `callback` it had ended, and
 * its callback, which waited for an attempt, is given up · `ended` nothing of it waits or runs · `none` there is none.
 */
export type Termination = 'terminated' | 'callback' | 'ended' | 'none';

/** Gives up what still waits or runs of a recording; nothing more is delivered, and the callback says so. */
export async function terminateRecording(
  { redis, recordings, callbacks }: { redis: Redis; recordings: Queue; callbacks: Queue },
  requestId: string,
): Promise<Termination> {
  const giveUp = (queue: Queue) =>
    endWaiting(redis, queue, requestId, async (job, token) => {
      await job.moveToFailed(new UnrecoverableError(failureText(terminated())), token, false);
    });
  // Decided by one look, and once: the callback of a recording that was terminated is told, however often it is asked.
  switch (await requestEnd(redis, requestId, 'terminate')) {
    case 'none':
      return 'none';
    case 'repeated':
      return 'ended';
    case 'ended':
      return (await giveUp(callbacks)) ? 'callback' : 'ended';
    case 'requested':
    case 'known':
      await giveUp(recordings);
      return 'terminated';
  }
}
