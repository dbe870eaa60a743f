import type { RecordingState } from '@trtc-recorder/queue';
import type { Job } from '../ports.ts';

/** What was captured, or may have been, and the files are made without: one phrase for each part. */
export const missingParts = (state: Pick<RecordingState, 'spools' | 'takenIn' | 'strays'>): string[] => [
  ...onOtherDisks(state),
  ...(state.strays === undefined ? [] : [straysTold(state.strays)]),
];

export const straysTold = (strays: number): string =>
  `the journal is damaged, and ${strays} segments of which it doesn't say whose they are are in no file`;

function onOtherDisks({ spools = [], takenIn = [] }: Pick<RecordingState, 'spools' | 'takenIn'>): string[] {
  if (takenIn.length === 0) return [];
  return spools.flatMap((name) => {
    const taken = takenIn.find(({ spool }) => spool === name);
    if (taken !== undefined && taken.until === undefined) return [];
    // A worker that is killed in a room where nobody sends leaves no copies, nor does one before its first copy.
    const captured = taken === undefined ? 'may have been captured' : 'was captured';
    return [`of what ${captured} on another disk (spool ${name}), ${whatIsMissing(taken?.until)}`];
  });
}

function whatIsMissing(until: number | undefined): string {
  if (until === undefined) return 'nothing is in the files';
  // Nothing is known to be whole where a copy in the middle was lost.
  return until === 0 ? 'a part is missing' : `nothing after ${new Date(until).toISOString()} is in the files`;
}

/** Says it in the job's log, once: later rounds of delivery find the same. */
export async function logMissingParts(job: Job): Promise<void> {
  if (job.state.delivery !== undefined) return;
  for (const part of missingParts(job.state)) await job.log(`restore: ${part}`);
}
