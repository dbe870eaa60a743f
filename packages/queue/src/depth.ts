import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUES, RecordingPayloadSchema } from './catalogue.ts';
import { initialState } from './recording.ts';
import { bullKeys } from './redis/keys.ts';

/**
 * Jobs by state. `waiting` for a worker, `delayed` until their next try, `active`, and of those kept: `completed` and
 * `failed` (a failed callback is one that was given up).
 */
export interface Depth {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}

export async function depthOf(queue: Queue): Promise<Depth> {
  const counts = await queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'completed', 'failed');
  const { wait = 0, prioritized = 0, delayed = 0, active = 0, completed = 0, failed = 0 } = counts;
  return { waiting: wait + prioritized, delayed, active, completed, failed };
}

/** Looked at from the queue's far end: those that were handed back stand there too, and have waited elsewhere. */
const LOOKED_AT = 20;

/** How long the oldest recording that no worker has begun waits, ms; 0 when none does. */
export async function oldestWaitingMs(recordings: Queue, redis: Redis, now: number): Promise<number> {
  const ids = await redis.lrange(bullKeys(QUEUES.recordings).wait, -LOOKED_AT, -1);
  const jobs = await Promise.all(ids.map((id) => recordings.getJob(id)));
  const submitted = jobs.flatMap((job) => {
    const { success, data } = RecordingPayloadSchema.safeParse(job?.data);
    return success && data.state.step === initialState.step ? [data.recording.submittedAt] : [];
  });
  return submitted.length === 0 ? 0 : Math.max(0, now - Math.min(...submitted));
}
