import type { Redis } from 'ioredis';

/** This machine's clock against that of Redis, which all workers have in common. */
export interface SharedClock {
  /** By how much this machine's clock is ahead, ms, right to half a round trip; undefined as long as it isn't known. */
  readonly aheadMs: number | undefined;
  close(): void;
}

/** Machines keep their time within milliseconds of each other, or drift apart slowly. */
const MEASURE_EVERY_MS = 60_000;
/** The quickest of so many questions says it best. */
const QUESTIONS = 3;
/** An answer that took longer may be off by as much as clocks are apart; ms. */
const MAX_ROUND_TRIP_MS = 50;

/** Measures now and then. Resolves with the first measurement, or without one when Redis doesn't answer. */
export async function startSharedClock(redis: Redis): Promise<SharedClock> {
  let aheadMs: number | undefined;
  const measure = async (): Promise<void> => {
    const measured = [];
    for (let question = 0; question < QUESTIONS; question += 1) measured.push(await ask(redis));
    const [best] = measured.sort((a, b) => a.roundTripMs - b.roundTripMs);
    if (best !== undefined && best.roundTripMs <= MAX_ROUND_TRIP_MS) aheadMs = best.aheadMs;
  };
  // What can't be asked now is asked again.
  const tryTo = () => measure().catch(() => undefined);
  await tryTo();
  const timer = setInterval(() => void tryTo(), MEASURE_EVERY_MS).unref();
  return {
    get aheadMs() {
      return aheadMs;
    },
    close: () => clearInterval(timer),
  };
}

async function ask(redis: Redis): Promise<{ roundTripMs: number; aheadMs: number }> {
  const askedAt = performance.now();
  const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number);
  const roundTripMs = performance.now() - askedAt;
  return { roundTripMs, aheadMs: Date.now() - roundTripMs / 2 - (seconds * 1_000 + microseconds / 1_000) };
}
