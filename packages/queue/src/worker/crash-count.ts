import type { RecordingState } from '../recording.ts';

/** A recording that gets on in a run that has lasted this long had no part in the crashes before, ms. */
export const FORGIVEN_AFTER_MS = 5 * 60_000;

export interface CrashCount {
  /** Crashes one soon after another, until now. */
  readonly crashes: number;
  /** The recording gets on: what is to be saved of that, if anything. */
  gotOn(): Pick<RecordingState, 'forgivenCrashes'> | null;
}

/**
 * Counts the crashes that follow one another without the recording getting on for a while in between. BullMQ counts
 * those of its whole life (`stalled`), also when a neighbour took the worker down or a machine was taken away: over days
 * that would condemn recordings that have done nothing.
 */
export function countCrashes(stalled: number, state: () => RecordingState): CrashCount {
  const begunAt = performance.now();
  return {
    get crashes() {
      return stalled - (state().forgivenCrashes ?? 0);
    },
    gotOn() {
      const forgiven = this.crashes > 0 && performance.now() - begunAt >= FORGIVEN_AFTER_MS;
      return forgiven ? { forgivenCrashes: stalled } : null;
    },
  };
}
