import type { Progress } from '@trtc-recorder/contracts';
import type { Recording, RecordingSecrets, RecordingState } from '../recording.ts';

/** One run of a recording's job, as the worker's flow sees it. */
export interface RecordingJob {
  readonly recording: Recording;
  readonly secrets: RecordingSecrets;
  /** 1 for the first. Hand-overs and crashes don't count. */
  readonly attempt: number;
  readonly lastAttempt: boolean;
  /**
   * How often a worker died (or lost Redis for long) with this recording. Beyond `crashLimits.salvage` the recording
   * itself is suspected: what is there should be delivered instead of joining again.
   */
  readonly crashes: number;
  readonly state: RecordingState;
  /** Aborted with an Interruption: the run has to end soon and must not write anything but the end of its take. */
  readonly signal: AbortSignal;
  /** Merges into the state and writes it. Waits while Redis is away; rejects with the Interruption once it is one. */
  save(patch: Partial<RecordingState>): Promise<void>;
  progress(progress: Progress): Promise<void>;
  /** A line for a person; the time is put before it. */
  log(line: string): Promise<void>;
  /** Whether a stop was asked for. Never rejects and never waits long: with Redis away, what was known last. */
  stopRequested(): Promise<boolean>;
  /** Gives the job back without counting an attempt: rejects always; let that pass. */
  handBack(delayMs?: number): Promise<never>;
}
