import type { RecordingResult } from '@trtc-recorder/contracts';
import type { Job } from 'bullmq';

/** What is to become of a job whose run is over. */
export type Ending =
  | { readonly kind: 'done'; readonly result: RecordingResult }
  /** By an UnrecoverableError for good; by any other with an attempt counted. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** No attempt is counted. */
  | { readonly kind: 'given-back'; readonly delayMs: number }
  /** Nothing: another worker has it, or is to find it. */
  | { readonly kind: 'left' };

/** Moves the job there. Rejects when the token doesn't hold it (any more). */
export async function moveJob(job: Job, token: string, ending: Exclude<Ending, { kind: 'left' }>): Promise<void> {
  switch (ending.kind) {
    case 'done':
      await job.moveToCompleted(ending.result, token, false);
      return;
    case 'failed':
      await job.moveToFailed(ending.error, token, false);
      return;
    case 'given-back':
      if (ending.delayMs > 0) await job.moveToDelayed(Date.now() + ending.delayMs, token);
      else await job.moveToWait(token);
  }
}
