import type { Progress } from '@trtc-recorder/contracts';
import type { SharedClock } from '../redis/shared-clock.ts';
import type { Recording, RecordingSecrets, RecordingState } from '../recording.ts';

/**
 * One run of a recording's job, as the worker's flow sees it. `recording`, `secrets` and `stopRequested` follow what is
 * asked through the API, within about a second; with Redis away they are what was known last. Read them anew each time.
 */
export interface RecordingJob {
  readonly recording: Recording;
  readonly secrets: RecordingSecrets;
  readonly stopRequested: boolean;
  /** 1 for the first. Hand-overs and crashes don't count. */
  readonly attempt: number;
  readonly lastAttempt: boolean;
  /**
   * How often a worker died (or lost Redis for long) with this recording, once soon after another. Beyond
   * `crashLimits.salvage` the recording itself is suspected: what is there should be delivered instead of joining again.
   */
  readonly crashes: number;
  readonly state: RecordingState;
  /** This machine's clock against the one that all workers have in common. */
  readonly clock: Pick<SharedClock, 'aheadMs'>;
  /** Aborted with an Interruption: the run has to end soon and must not write anything but the end of its take. */
  readonly signal: AbortSignal;
  /** Merges into the state and writes it. Waits while Redis is away; rejects with the Interruption once it is one. */
  save(patch: Partial<RecordingState>): Promise<void>;
  progress(progress: Progress): Promise<void>;
  /** A line for a person; the time is put before it. */
  log(line: string): Promise<void>;
  /** Gives the job back without counting an attempt: rejects always; let that pass. */
  handBack(delayMs?: number): Promise<never>;
}
