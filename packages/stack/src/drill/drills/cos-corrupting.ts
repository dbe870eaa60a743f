import type { Drill } from '../drill.ts';
import { cosRounds, quickRetries } from './cos-rounds.ts';

/** What is stored differs in a byte from what was sent. */
export const cosCorrupting: Drill = {
  name: 'cos-corrupting',
  about: 'COS stores every second object with a wrong byte, and says that all is well',
  aims: { mediaLostMs: 100, gapMs: 0, failedAttempts: false },
  env: quickRetries,
  play: cosRounds({
    rules: ({ random }) => [
      {
        fault: 'corrupt',
        method: 'PUT',
        times: 1_000_000,
        probability: 0.5,
        seed: Math.floor(random.between(1, 1e6)),
      },
    ],
  }),
};
