import { expect, test } from '@jest/globals';
import { misses } from '../src/aims.ts';
import { simulateHour } from '../src/hour/hour.ts';

test('an hour of four wrong clocks, 30 ms jitter and 5 % loss is placed as well as a minute', () => {
  const row = simulateHour();
  expect(row.eventsExpected).toBe(4 * 3600);
  expect(misses(row)).toEqual([]);
});
