import type { Job, JobState, Queue } from 'bullmq';
import { CallbackPayloadSchema } from '../catalogue.ts';

/**
 * `replayed` it will be POSTed at once · `pending` the recording hasn't ended, or the POST is under way ·
 * `none` there is no such recording, or it has no Callback.
 */
export type Replay = 'replayed' | 'pending' | 'none';

/** POSTs a callback again: same body, same event id, with a new series of attempts. */
export async function replayCallback(callbacks: Queue, requestId: string): Promise<Replay> {
  const job: Job | undefined = await callbacks.getJob(requestId);
  if (job === undefined || CallbackPayloadSchema.parse(job.data).sealedUrl === undefined) return 'none';
  const state = await job.getState();
  const restart = restartOf(job, state);
  if (restart === undefined) return 'pending';
  try {
    await restart();
    return 'replayed';
  } catch (error) {
    // Another replay, or the notifier, moved the job in between.
    if ((await job.getState()) !== state) return 'pending';
    throw error;
  }
}

/** How a job in this state is POSTed now; undefined: it is not due yet, or under way. */
function restartOf(job: Job, state: JobState | 'unknown'): (() => Promise<void>) | undefined {
  if (state === 'completed' || state === 'failed') return () => job.retry(state, { resetAttemptsMade: true });
  return state === 'delayed' ? () => job.promote() : undefined;
}
