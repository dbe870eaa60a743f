import { backoffMs } from '@trtc-recorder/runtime';
import { backoffBounds } from '../catalogue.ts';

/**
 * ms until the next attempt after `attemptsMade` failed ones: 5 s, 10 s, … doubling up to 15 min, each shortened at
 * random by up to a quarter, so that the callbacks of a receiver that was down don't all come back at once.
 */
export const callbackDelay = (attemptsMade: number, random?: () => number): number =>
  backoffMs(attemptsMade, backoffBounds, random);
