import { rateError } from '../clock/rtp-clock.ts';
import type { AudioRate } from './ffmpeg-arguments.ts';
import type { Piece } from './file-plan.ts';

const NOMINAL_HZ = 48_000;
/** A clock that is off by less is followed by the resampler alone: its pitch is right. */
const OFF = 0.002;
/** A shorter piece does not show a rate, ms. */
const SHOWS_MS = 2_000;

/**
 * The rate at which a sender's sound card really sampled, from the rate of its timestamps and the samples that a tick of
 * them stands for: that of most of the file. A card that samples 3 % slow, and says 48 kHz, recorded everything 3 % too
 * high and too short; wrong timestamps alone leave the pitch as it is.
 */
export const audioRate = (pieces: readonly Piece[]): AudioRate => {
  const shown = pieces
    .map(({ clock, samplesPerTick = 1, startMs, endMs }) => ({
      rate: (1 + rateError(clock)) * samplesPerTick,
      ms: endMs - startMs,
    }))
    .filter(({ ms, rate }) => ms >= SHOWS_MS && rate > 0)
    .sort((a, b) => a.rate - b.rate);
  const half = shown.reduce((sum, { ms }) => sum + ms, 0) / 2;
  let passed = 0;
  const middle = shown.find(({ ms }) => (passed += ms) >= half)?.rate ?? 1;
  const playedAtHz = Math.abs(middle - 1) < OFF ? NOMINAL_HZ : Math.round(NOMINAL_HZ * middle);
  const varies = shown.reduce((most, { rate }) => Math.max(most, Math.abs((rate * NOMINAL_HZ) / playedAtHz - 1)), 0);
  return { playedAtHz, varies };
};
