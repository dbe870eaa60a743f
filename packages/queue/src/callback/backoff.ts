import { backoffBounds } from '../catalogue.ts';

/**
 * ms until the next attempt after `attemptsMade` failed ones: 5 s, 10 s, … doubling up to 15 min, each shortened at
 * random by up to a quarter, so that the callbacks of a receiver that was down don't all come back at once.
 */
export function callbackDelay(attemptsMade: number, random: () => number = Math.random): number {
  const { firstMs, maxMs, jitter } = backoffBounds;
  const full = Math.min(firstMs * 2 ** Math.min(attemptsMade - 1, 30), maxMs);
  return Math.round(full * (1 - jitter * random()));
}
