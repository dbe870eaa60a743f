import { sharedPart, type Stretch } from './stretch.ts';
import type { TrackFacts } from './track-facts.ts';
import { isLively } from './track-media.ts';
import { SETTLE_MS } from './track-states.ts';

/** A time at the end of a publication in which nothing new was sent or came. */
export interface Held extends Stretch {
  /** Nothing is missing: the sender had nothing new to show. */
  readonly isStill: boolean;
}

/**
 * Times from the last frame of a publication to its end. A screen, or a stream of few frames, that shows nothing new is
 * still; where nothing comes of the anchor at all, and from a camera, frames are missing. A camera's last frame may also
 * come some time before the news of its end. Of an anchor that the server gave up nobody knows how long it was there.
 */
export const heldFrames = (facts: TrackFacts, present: readonly Stretch[]): Held[] => {
  const { name, runs, states, reception, failures } = facts;
  const rarely = !isLively(runs);
  return states.flatMap(({ startMs, endMs, cause }, index): Held[] => {
    if (cause !== undefined) return [];
    const last = present.findLast((part) => part.startMs < endMs && part.endMs > startMs);
    if (last === undefined || last.endMs >= endMs) return [];
    const rest = { startMs: last.endMs, endMs };
    const longMs = endMs - last.endMs;
    const disconnected = reception.disconnected(name, rest, false) !== undefined || sharedPart(rest, failures) >= 0.5;
    const isStill = rarely && !disconnected;
    const gaveUp = states[index + 1]?.cause === 'anchor-disconnected';
    return isStill || (longMs > SETTLE_MS && !gaveUp) ? [{ ...rest, isStill }] : [];
  });
};
