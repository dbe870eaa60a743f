import { sleep } from '@trtc-recorder/runtime';

/**
 * Asks until the answer is there (not undefined), every `everyMs`; throws with `what` after `withinMs`. An error of
 * `ask` is taken for "not yet" and told if the time runs out.
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  { withinMs, everyMs = 100 }: { withinMs: number; everyMs?: number },
): Promise<T> {
  const end = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`, { cause: last });
    await sleep(everyMs);
  }
}
