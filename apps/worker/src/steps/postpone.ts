import { askedRestMs, backoffMs, type AppError } from '@trtc-recorder/runtime';
import { hours } from '../hours.ts';
import type { Job, Ports } from '../ports.ts';
import { waitedMs, waiting } from '../waited.ts';
import { isOfDisk, isOfTools } from './disk-fault.ts';

/**
 * Gives the job back to the queue, when `causes` keep something from being delivered that a later round may mend: no place
 * in a worker is held meanwhile, no attempt is counted, and how it stands lies in the job, where neither a worker's death
 * nor a restart of Redis loses it. When there is no cause, it resolves; when the time for it is over, with what is to be
 * said of that. `what`: of which, for the log. Errors: ToolUnavailable and MachineExhausted, which are for another worker.
 */
export async function postpone(
  job: Job,
  { what, causes }: { readonly what: string; readonly causes: readonly AppError[] },
  ports: Ports,
): Promise<string | undefined> {
  const now = ports.now();
  const { backoff, giveUpMs } = ports.settings.delivery;
  const ofTools = causes.find(isOfTools);
  if (ofTools !== undefined) {
    const triedForMs = waitedMs(job.state.diskAway, now);
    if (triedForMs < giveUpMs) throw ofTools;
    return `given up after ${hours(triedForMs)}`;
  }
  const ofUpload = causes.find((cause) => !isOfDisk(cause));
  const cause = ofUpload ?? causes[0];
  if (cause === undefined) return undefined;
  const { waited, rounds: before = 0, uploadRounds: ofUploads = 0 } = job.state.delivery ?? {};
  const rounds = before + 1;
  const uploadRounds = ofUploads + (ofUpload === undefined ? 0 : 1);
  const ms = waitedMs(waited, now);
  const leftMs = giveUpMs - ms;
  if (leftMs <= 0) {
    const tried = `given up after ${rounds} rounds in ${hours(ms)}`;
    await job.log(`delivery: ${tried}`);
    return tried;
  }
  // The last round is held when the time is over, however far the waits have grown.
  const delayMs = Math.min(Math.max(backoffMs(rounds, backoff), askedRestMs(cause)), leftMs);
  const message = `delivery waits, after ${rounds} failed ${rounds === 1 ? 'round' : 'rounds'}: ${cause.message}`;
  await job.log(`${message}; ${what}, next round in ${Math.round(delayMs / 1000)} s`);
  const delivery = { waited: waiting(ms, now, delayMs), rounds, uploadRounds, cause: cause.message };
  await job.save({ delivery, wait: { until: now + delayMs, message } });
  return job.handBack(delayMs);
}
