import { withTimeout } from '@trtc-recorder/runtime';

/** Waits for `work`, but no longer than `ms`, and whatever becomes of it: for a process that has to go. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  try {
    await withTimeout(work, ms, () => new Error('too late'));
  } catch {
    // It had its time.
  }
}
