import type { Waited } from '@trtc-recorder/queue';

/** So much counts beyond what was planned: for the queue, and for the try itself, ms. */
const SLACK_MS = 20 * 60_000;

/**
 * How long has been waited by now, ms. Time in which nobody could try counts no more than what was planned: after a
 * weekend with all workers off, or on a machine whose clock is days ahead, the patience isn't used up.
 */
export const waitedMs = (before: Waited | undefined, now: number): number =>
  before === undefined ? 0 : before.ms + Math.min(Math.max(0, now - before.at), before.until - before.at + SLACK_MS);

/** To be kept when `ms` have been waited, and the next try is planned in `delayMs`. */
export const waiting = (ms: number, now: number, delayMs: number): Waited => ({ ms, at: now, until: now + delayMs });
