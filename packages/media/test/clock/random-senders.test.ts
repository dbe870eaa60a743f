import { expect, test } from '@jest/globals';
import { randomSender } from './kit/random-sender.ts';
import { judge, quantile } from './kit/sender.ts';

const SENDERS = 10_000;

/** Parts of the senders whose audio and video are nowhere further apart than that, ms. */
test(`${SENDERS} random senders: audio and video are in step`, () => {
  const [p95, max]: [number[], number[]] = [[], []];
  for (let seed = 1; seed <= SENDERS; seed += 1) {
    const { skews } = judge(randomSender(seed));
    p95.push(quantile(skews, 0.95));
    max.push(quantile(skews, 1));
  }
  const inStep = (values: readonly number[], ms: number) => values.filter((value) => value <= ms).length / SENDERS;
  const found = {
    p50: quantile(p95, 0.5),
    p95: quantile(p95, 0.95),
    max: quantile(max, 1),
    p95Within40: inStep(p95, 40),
    maxWithin80: inStep(max, 80),
  };
  process.stdout.write(`A/V error of ${SENDERS} random senders: ${JSON.stringify(found)}\n`);
  expect(found.p50).toBeLessThan(5);
  expect(found.p95).toBeLessThan(35);
  expect(found.p95Within40).toBeGreaterThan(0.97);
  expect(found.maxWithin80).toBeGreaterThan(0.9);
}, 600_000);
