import { AppError } from '@trtc-recorder/runtime';
import { hours } from '../hours.ts';
import type { Job, Ports } from '../ports.ts';
import { waitedMs, waiting } from '../waited.ts';

/** Until a job that was taken where its spool isn't is given out again: soon at first, then every minute, ms. */
const SPOOL_AWAY_DELAY = { minMs: 2_000, maxMs: 60_000, part: 0.1 };

/**
 * Gives a job back whose spool lies on another machine's disk, for the worker that has it. Returns when the spool is
 * here. Error: SpoolFailed, when nobody who has it came for too long: a recording must not end as an empty one.
 */
export async function waitUnlessHere(job: Job, isHere: boolean, ports: Ports): Promise<void> {
  const { spoolAway: before, wait } = job.state;
  if (isHere && before === undefined && wait === undefined) return;
  if (isHere) return job.save({ spoolAway: undefined, wait: undefined });
  const now = ports.now();
  const ms = waitedMs(before, now);
  if (ms >= ports.settings.delivery.spoolAwayMs)
    throw new AppError('SpoolFailed', `${AWAY}; none that has it came in ${hours(ms)}`, { retryable: false });
  const { minMs, maxMs, part } = SPOOL_AWAY_DELAY;
  const delayMs = Math.min(Math.max(ms * part, minMs), maxMs);
  if (before === undefined) await job.log(`${AWAY}; waiting for that worker`);
  await job.save({ spoolAway: waiting(ms, now, delayMs), wait: { until: now + delayMs, message: AWAY } });
  await job.handBack(delayMs);
}

const AWAY = 'the spool of this recording is not under WORK_DIR here, but on the disk of the worker that captured it';
