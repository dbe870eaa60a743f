import type { Kind } from '@trtc-recorder/contracts';
import type { Arrivals, ClockStep } from './arrivals.ts';

/** No route becomes longer by this much at once; more is a sender that stood still, with all its clocks. */
const STOOD_STILL_MS = 1_000;
/** Steps of two tracks this close are one event. */
const NEAR_MS = 1_500;

/**
 * Of the steps of a track those at which its clock stood still (a mute, a sound card that had no turn), so that its
 * timestamps are behind real time from there on. The others are delay: of the way that all tracks of a sender share, of
 * a picture that had to wait behind the sound, or of anything that passes.
 *
 * `others`: the tracks of the same sender in the same take.
 */
export const slipsOf = (own: Arrivals, kind: Kind, others: readonly Arrivals[]): ClockStep[] =>
  own.steps.filter((step) => {
    if (own.returnsAfter(step)) return false;
    const near = others.flatMap((other) => other.stepsNear(step.receivedAt, NEAR_MS).map(({ ms }) => ms));
    if (Math.max(step.ms, ...near) >= STOOD_STILL_MS) return true;
    // Pictures carry the time at which they were taken; sound is counted.
    return kind === 'audio' && !others.some((other) => other.riseAt(step.receivedAt) >= step.ms / 2);
  });
