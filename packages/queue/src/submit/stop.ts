import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { requestStop } from '../redis/stop-flag.ts';

/**
 * Asks for the end of a recording. The flag is durable, and a worker that records sees it within about a second. One
 * that waits is put in front, so that the next free worker ends it. False: there is no such recording.
 */
export async function stopRecording(recordings: Queue, redis: Redis, requestId: string): Promise<boolean> {
  if (!(await requestStop(redis, requestId, Date.now()))) return false;
  const job: Job | undefined = await recordings.getJob(requestId);
  const state = await job?.getState();
  try {
    if (state === 'waiting') await job?.changePriority({ lifo: true });
    if (state === 'delayed') await job?.promote();
  } catch {
    // A worker took it in this moment, and has seen the flag.
  }
  return true;
}
