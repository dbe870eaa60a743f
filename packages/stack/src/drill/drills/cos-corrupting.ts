import type { Drill } from '../drill.ts';
import { cosRounds, quickRetries } from './cos-rounds.ts';

/** What is stored differs in a byte from what was sent. */
export const cosCorrupting: Drill = {
  name: 'cos-corrupting',
  about: 'COS stores every second object with a wrong byte, and says that all is well',
  aims: { mediaLostMs: 100, gapMs: 0, failedAttempts: false },
  env: quickRetries,
  play: cosRounds({
    rules: ({ random }) => {
      const each = () => ({ times: 1_000_000, seed: Math.floor(random.between(1, 1e6)) });
      return [
        { fault: 'corrupt', operation: 'PutObject', probability: 0.5, ...each() },
        // Of about three parts.
        { fault: 'corrupt', operation: 'UploadPart', probability: 0.2, ...each() },
      ];
    },
  }),
};
