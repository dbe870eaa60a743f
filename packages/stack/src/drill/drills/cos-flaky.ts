import type { Drill } from '../drill.ts';
import { cosRounds, quickRetries } from './cos-rounds.ts';

/** Every fifth request or so goes wrong in one of the ways there are. */
export const cosFlaky: Drill = {
  name: 'cos-flaky',
  about: 'errors, resets, stalls and torn answers of COS, at random, all the time',
  aims: { mediaLostMs: 100, gapMs: 0, failedAttempts: false },
  env: quickRetries,
  play: cosRounds({
    rules: ({ random }) => {
      const each = () => ({ times: 1_000_000, probability: 0.1, seed: Math.floor(random.between(1, 1e6)) });
      return [
        { fault: 'error', status: 500, code: 'InternalError', ...each() },
        { fault: 'reset', ...each() },
        { fault: 'truncate', ...each() },
        { fault: 'stall', ms: 1_000, ...each() },
      ];
    },
  }),
};
