import { expect, test } from '@jest/globals';
import { Wake } from '../src/wake.ts';

const never = new AbortController().signal;

test('who sleeps is woken, and so is who was about to sleep; then it is quiet again', async () => {
  const wake = new Wake();
  const asleep = wake.sleep(60_000, never);
  wake.ring();
  await asleep;
  wake.ring();
  wake.ring();
  await wake.sleep(60_000, never);
  const sleptAt = performance.now();
  await wake.sleep(50, never);
  expect(performance.now() - sleptAt).toBeGreaterThanOrEqual(45);
});

test('a signal wakes too, without an error', async () => {
  await new Wake().sleep(60_000, AbortSignal.abort());
});
