import { randomSender } from './kit/random-sender.ts';
import { judge, quantile } from './kit/sender.ts';

/**
 * Simulates the senders `from` to `to` (exclusive), and prints for each how far its audio and video are apart: at the
 * 95 % quantile and at worst, ms. A process of its own, because Jest's sandbox computes six times slower.
 */
const [from = 0, to = 0] = process.argv.slice(2).map(Number);
const found = Array.from({ length: to - from }, (_, index) => {
  const { skews } = judge(randomSender(from + index));
  return [quantile(skews, 0.95), quantile(skews, 1)];
});
process.stdout.write(JSON.stringify(found));
