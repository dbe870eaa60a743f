import { isInRoom } from '@trtc-recorder/queue';
import { isMachineFault, toAppError, type AppError } from '@trtc-recorder/runtime';
import type { Job, Ports } from '../ports.ts';
import { waitedMs, waiting } from '../waited.ts';

/** Until a job that this worker could not go on with is given out again, though it takes jobs still, ms. */
const AGAIN_MS = 30_000;
/** In a room every second counts; what fails for long is tried less often. */
const IN_ROOM_AGAIN = { minMs: 2_000, maxMs: 15_000, part: 0.1 };

/**
 * Gives a job back that met a fault of this machine: a disk that is full or away, a browser or a tool that does not start,
 * no file descriptor, process or memory left. No attempt is counted, for it isn't the recording's doing. When the health
 * checks find the cause, this worker takes no jobs and another one has the job at once; else it is given out again in a
 * moment, because the fault may pass. Once the time for it is over, the fault ends the recording; its spool stays.
 */
export async function orWaitForMachine<T>(job: Job, ports: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = toAppError(thrown);
    if (job.signal.aborted || !isMachineFault(error)) throw thrown;
    const now = ports.now();
    const ms = waitedMs(job.state.diskAway, now);
    if (ms >= ports.settings.delivery.giveUpMs) throw error;
    const outOfService = await ports.machine.examine(error);
    const message = describe(error, ports);
    if (job.state.diskAway === undefined) await job.log(message);
    const delayMs = outOfService ? 0 : againIn(job, ms);
    await job.save({ diskAway: waiting(ms, now, delayMs), wait: { until: now + delayMs, message } });
    return job.handBack(delayMs);
  }
}

/** Says what is waited for; the worker is named because the cause lies on its machine. */
function describe({ code, message }: AppError, { settings }: Ports): string {
  const hope =
    code === 'SpoolFull' ? 'waiting for room, or for another worker' : 'waiting for another worker, or for its repair';
  return `worker ${settings.workerId} cannot go on: ${message}; ${hope}`;
}

function againIn({ state }: Job, waited: number): number {
  if (!isInRoom(state)) return AGAIN_MS;
  const { minMs, maxMs, part } = IN_ROOM_AGAIN;
  return Math.min(Math.max(waited * part, minMs), maxMs);
}
