import { isInRoom } from '@trtc-recorder/queue';
import { AppError } from '@trtc-recorder/runtime';
import type { Job, Ports } from '../ports.ts';
import { waitedMs, waiting } from '../waited.ts';
import { isOfDisk } from './disk-fault.ts';

/** Until a job that found the disk full or away is given out again, ms: in a room every second counts. */
const AGAIN_MS = 30_000;
const IN_ROOM_AGAIN_MS = 2_000;

/**
 * Gives a job back for which the disk has no room at all, not even to open its spool, or whose disk is away with what
 * was captured on it: room may be made, a share comes back, and another worker may be better off. No attempt is counted.
 * Once the time for it is over, the fault ends the recording; its spool stays.
 */
export async function orWaitForDisk<T>(job: Job, ports: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (job.signal.aborted || !(error instanceof AppError) || !mayPass(job, error)) throw error;
    const now = ports.now();
    const ms = waitedMs(job.state.diskAway, now);
    if (ms >= ports.settings.delivery.giveUpMs) throw error;
    const [problem, hope] =
      error.code === 'SpoolFull' ? ['no room under WORK_DIR', 'waiting for room'] : ['WORK_DIR', 'waiting for it'];
    const message = `${problem}: ${error.message}`;
    if (job.state.diskAway === undefined) await job.log(`${message}; ${hope}`);
    const delayMs = job.state.spools !== undefined && isInRoom(job.state) ? IN_ROOM_AGAIN_MS : AGAIN_MS;
    await job.save({ diskAway: waiting(ms, now, delayMs), wait: { until: now + delayMs, message } });
    return job.handBack(delayMs);
  }
}

/** Where nothing was captured yet there is nothing to lose, and a WORK_DIR that can't be used is to be told soon. */
const mayPass = ({ state }: Job, error: AppError): boolean =>
  error.code === 'SpoolFull' || (isOfDisk(error) && state.spools !== undefined);
