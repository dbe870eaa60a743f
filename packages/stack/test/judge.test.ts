import { expect, test } from '@jest/globals';
import { skews } from '../src/judge/index.ts';

test('a flash is measured by its beep, if that is near and whole', () => {
  const tones = [
    { at: 1, seconds: 0.1 },
    { at: 2.095, seconds: 0.003 },
    { at: 3.02, seconds: 0.099 },
  ];
  const found = skews({ flashes: [1.03, 2, 3, 9], tones });
  expect(found.map(Math.round)).toEqual([30, -20]);
});
