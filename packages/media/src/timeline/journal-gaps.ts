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

/** The clock of an audio track advances by up to this part faster or slower than its packets play. */
const MOST_OFF = 0.12;
const OPUS_TICKS_PER_MS = 48;

/**
 * How long what is missing plays, where more time can pass: between two packets of a sender that doesn't send silence, or
 * that stood still.
 */
const lostMsOf = ({ lostTicks }: JournalEntryOf<'gap'>, lengthMs: number): number => {
  if (lostTicks === undefined || lostTicks === 0 || lengthMs > SILENCE_MS) return lengthMs;
  return Math.min(lostTicks / OPUS_TICKS_PER_MS, lengthMs * (1 + MOST_OFF));
};

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
  return { startMs: endMs - lostMsOf(gap, endMs - startMs), endMs, cause };
};
