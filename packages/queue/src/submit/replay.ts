import type { Job, Queue } from 'bullmq';
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
  if (state === 'completed' || state === 'failed') {
    await job.retry(state, { resetAttemptsMade: true });
    return 'replayed';
  }
  if (state !== 'delayed') return 'pending';
  await job.promote();
  return 'replayed';
}
