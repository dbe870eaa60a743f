import { NAMED_MS, type Watch } from './watch.ts';

/** A published track that never brought a frame is asked for again after this. The SDK doesn't report refusals. */
const ASK_MS = 3500;
/** A refused subscription is taken again this often: within 10 s of the moment when the server accepts it. */
const RETRY_MS = 7000;
/** What brings nothing though the server accepted it is taken again after waits that double up to this. */
const LONGEST_WAIT_MS = 60_000;

/** What is done about a track that brings nothing. */
export interface Step {
  readonly remedy: 'subscribe' | 'resubscribe';
  /** From this step on the track counts as not recorded. */
  readonly fails: boolean;
}

/**
 * First the subscription is taken, which does nothing where the SDK has one. Then it is given up and taken again, because
 * the SDK may have one that the server doesn't know of; where no receiver delivers it, each time. A refused one is taken.
 */
export function nextStep(watch: Watch, now: number, hasReceiver: boolean): Step | undefined {
  if (now - watch.quietSince < waitMs(watch, hasReceiver)) return undefined;
  if (watch.steps === 0 && !watch.wasHeard) return { remedy: 'subscribe', fails: false };
  const isFirst = watch.steps <= (watch.wasHeard ? 0 : 1);
  const renews = !watch.isRefused && (isFirst || !hasReceiver);
  return { remedy: renews ? 'resubscribe' : 'subscribe', fails: true };
}

function waitMs({ steps, wasHeard, isRefused }: Watch, hasReceiver: boolean): number {
  const taken = steps + (wasHeard ? 1 : 0);
  if (taken === 0) return ASK_MS;
  if (taken === 1) return wasHeard ? NAMED_MS : NAMED_MS - ASK_MS;
  if (isRefused || !hasReceiver) return RETRY_MS;
  return Math.min(LONGEST_WAIT_MS, 2 * NAMED_MS * 2 ** (taken - 2));
}
