import type { ResultFile } from '@trtc-recorder/contracts';
import { backoffMs } from '@trtc-recorder/runtime';
import type { Job, Ports } from '../ports.ts';
import type { Outcome } from './deliver.ts';
import { isOfDisk } from './disk-fault.ts';

/**
 * Gives the job back to the queue, when files wait that a later round may deliver: no place in a worker is held
 * meanwhile, no attempt is counted, and how it stands lies in the job, where neither a worker's death nor a restart of
 * Redis loses it. When nothing waits, or the time for it is over, it gives the files that have failed.
 */
export async function postpone(job: Job, unsettled: readonly Outcome[], ports: Ports): Promise<ResultFile[]> {
  const causes = unsettled.flatMap(({ waitsFor }) => waitsFor ?? []);
  const ofUpload = causes.find((cause) => !isOfDisk(cause));
  const cause = ofUpload ?? causes[0];
  if (cause === undefined) return unsettled.map(({ file }) => file);
  const { backoff, giveUpMs } = ports.settings.delivery;
  const now = ports.now();
  const { failingSince = now, rounds: before = 0, uploadRounds: ofUploads = 0 } = job.state.delivery ?? {};
  const rounds = before + 1;
  const uploadRounds = ofUploads + (ofUpload === undefined ? 0 : 1);
  const delivery = { failingSince, rounds, uploadRounds, cause: cause.message };
  const leftMs = failingSince + giveUpMs - now;
  if (leftMs <= 0) {
    const tried = `given up after ${rounds} rounds in ${hours(now - failingSince)}`;
    await job.log(`delivery: ${tried}`);
    return unsettled.map(({ file }) => ({ ...file, Message: `${file.Message}; ${tried}` }));
  }
  // The last round is held when the time is over, however far the waits have grown.
  const delayMs = Math.min(backoffMs(rounds, backoff), leftMs);
  const message = `delivery waits, after ${rounds} failed ${rounds === 1 ? 'round' : 'rounds'}: ${cause.message}`;
  await job.log(`${message}; ${unsettled.length} files, next round in ${Math.round(delayMs / 1000)} s`);
  await job.save({ delivery, wait: { until: now + delayMs, message } });
  return job.handBack(delayMs);
}

const hours = (ms: number): string => `${Math.round(ms / 360_000) / 10} h`;
