import { errorMessage, toAppError, type Logger } from '@trtc-recorder/runtime';
import type { Job, Place, Ports } from '../ports.ts';

/**
 * Aborts the multipart uploads of this recording that are still open when it is over: given up, superseded by another of
 * the same file, or left by a worker that was killed. COS keeps them, and bills them, for ever.
 */
export async function abortUploads(job: Job, ports: Ports): Promise<void> {
  for (const place of placesOf(job, ports)) {
    try {
      const aborted = await place.abortUploads();
      if (aborted > 0) await job.log(`upload: ${aborted} unfinished uploads aborted in ${place.name}`);
    } catch (error) {
      job.signal.throwIfAborted();
      // Refused: keys that may not list uploads are common, and where there is no bucket, nothing is left in it.
      if (!toAppError(error).retryable) continue;
      await job.log(`upload: parts of unfinished uploads may be left in ${place.name}: ${errorMessage(error)}`);
    }
  }
}

/** The same for a recording that was terminated in the middle of an upload, whose job can't be written to any more. */
export async function abandonUploads(job: Job, ports: Ports, logger: Logger): Promise<void> {
  for (const place of placesOf(job, ports))
    await place.abortUploads().catch((error: unknown) => {
      logger.warn({ err: error }, `parts of unfinished uploads may be left in ${place.name}`);
    });
}

function placesOf(job: Job, ports: Ports): Place[] {
  try {
    const { first, backup } = ports.store.places(job);
    return backup === null ? [first] : [first, backup];
  } catch {
    // None is configured, as every file's message says already.
    return [];
  }
}
