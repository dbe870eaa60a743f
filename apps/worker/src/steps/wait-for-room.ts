import { AppError } from '@trtc-recorder/runtime';
import type { Job, Ports } from '../ports.ts';

/** Until a job that found the disk full is given out again, ms. */
const AGAIN_MS = 30_000;

/**
 * Gives a job back for which the disk has no room at all, not even to open its spool: room may be made, and another
 * worker may have some. No attempt is counted. Once the time for it is over, SpoolFull ends the recording; its spool
 * stays.
 */
export async function orWaitForRoom<T>(job: Job, ports: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (job.signal.aborted || !(error instanceof AppError) || error.code !== 'SpoolFull') throw error;
    const now = ports.now();
    const since = job.state.fullSince ?? now;
    if (now - since >= ports.settings.delivery.giveUpMs) throw error;
    const message = `no room under WORK_DIR: ${error.message}`;
    if (job.state.fullSince === undefined) await job.log(`${message}; waiting for room`);
    await job.save({ fullSince: since, wait: { until: now + AGAIN_MS, message } });
    return job.handBack(AGAIN_MS);
  }
}
