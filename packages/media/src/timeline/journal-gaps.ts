import type { JournalEntryOf } from '../spool/journal/journal-entry.ts';
import type { Stretch } from './stretch.ts';

/** Media that the capture knew to be missing, with the journal's cause. */
export interface TrackGap extends Stretch {
  readonly cause: JournalEntryOf<'gap'>['cause'];
}

/** A time without frames; whether any are missing only the rest of the recording shows. */
export interface Pause extends Stretch {
  readonly regular: boolean;
}

/** Up to this a pause between audio packets is normal where silence isn't sent; beyond it nothing may have come at all. */
const SILENCE_MS = 1_500;

/** How long the packets of a lost piece of audio play, as a part of the time in which they are missing. */
const lostPart = ({ lostTicks, fromRtp, toRtp }: JournalEntryOf<'gap'>): number =>
  lostTicks === undefined || lostTicks === 0 || toRtp <= fromRtp ? 1 : Math.min(1, lostTicks / (toRtp - fromRtp));

/**
 * The journal's gap on the wall clock. Where silence isn't sent, the time between two packets is no loss, but what the
 * missing ones played is; a late video frame is missing for one interval.
 */
export const toGap = (
  gap: JournalEntryOf<'gap'>,
  wallOf: (rtp: number) => number,
  toRtp: number,
  usualMs: number,
): TrackGap => {
  const startMs = wallOf(gap.fromRtp);
  const endMs = wallOf(toRtp);
  const { cause } = gap;
  if (cause === 'reorder-late' && toRtp <= gap.fromRtp) return { startMs, endMs: startMs + usualMs, cause };
  const lengthMs = endMs - startMs;
  const lostMs = lengthMs > SILENCE_MS ? lengthMs : lengthMs * lostPart(gap);
  return { startMs: endMs - lostMs, endMs, cause };
};
