import { expect, test } from '@jest/globals';
import { compareSound, type ShownFrame } from '../../src/drill/truth/sound.ts';

const FPS = 10;
/** The frames of some seconds, shown from `at` on. */
const shown = (fromNumber: number, count: number, at: number, promisedFrom = 0): ShownFrame[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ number: fromNumber + index, at: at + index / FPS },
    promised: at + index / FPS >= promisedFrom,
  }));

test.each([
  { name: 'in step', frames: shown(5, 30, 0), beeps: [0.5, 1.5, 2.5], missing: 0, skewMs: 0 },
  { name: 'the sound 60 ms late', frames: shown(5, 30, 0), beeps: [0.56, 1.5, 2.5], missing: 0, skewMs: -60 },
  { name: 'one before the promise', frames: shown(5, 30, 0, 1.6), beeps: [0.5, 2.5], missing: 0, skewMs: 0 },
  { name: 'a second without its beep', frames: shown(5, 30, 0), beeps: [0.5, 2.5], missing: 1, skewMs: 0 },
  { name: 'a second at the edge says nothing', frames: shown(0, 20, 0), beeps: [1], missing: 0, skewMs: 0 },
  {
    name: 'a torn beep is no measure of time',
    ...{ frames: shown(5, 30, 0), beeps: [0.5, { at: 1.59, seconds: 0.01 }, 2.5], missing: 0, skewMs: 0 },
  },
  {
    name: 'nor does one beside a hole',
    frames: [...shown(0, 18, 0), ...shown(60, 20, 5)],
    beeps: [1, 6],
    missing: 0,
    skewMs: 0,
  },
])('$name', ({ frames, beeps, missing, skewMs }) => {
  const found = compareSound(
    frames,
    beeps.map((beep) => (typeof beep === 'number' ? { at: beep, seconds: 0.1 } : beep)),
    FPS,
  );
  expect([found.missing, Math.round(found.skewMs)]).toEqual([missing, skewMs]);
});
