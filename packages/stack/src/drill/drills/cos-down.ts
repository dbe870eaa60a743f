import type { Drill } from '../drill.ts';
import { cosRounds, quickRetries } from './cos-rounds.ts';

/** COS answers nothing but errors while recordings end. */
export const cosDown: Drill = {
  name: 'cos-down',
  about: 'COS answers 503 to everything while recordings end, and comes back',
  aims: { mediaLostMs: 100, gapMs: 0, failedAttempts: false },
  env: quickRetries,
  play: cosRounds({
    rules: () => [{ fault: 'error', status: 503, code: 'ServiceUnavailable', times: 1_000_000 }],
    forMs: [3_000, 12_000],
  }),
};
