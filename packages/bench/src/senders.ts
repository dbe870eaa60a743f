import { seeded, type TimestampFaultsInput } from '@trtc-recorder/sandbox';
import type { BenchCase } from './case.ts';

const COUNT = 20;
const FPS = 15;

type Fault = { readonly everyMs: number; readonly ms: number };

/**
 * A sender whose RTP clocks are wrong, at random within what the recorder is right for, over a route of 0 to 200 ms of
 * jitter and 0 to 15 % of loss: audio up to 10 % off, video at any rate or counting frames, jumps and stalls.
 */
function randomSender(number: number): BenchCase {
  const random = seeded(number * 7919);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const pick = <T>(choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] ?? choices[0];
  const fault = (most: number): Fault => ({
    everyMs: Math.round(between(4_000, 9_000)),
    ms: Math.round(Math.exp(between(Math.log(10), Math.log(most)))),
  });
  const faults = (): { jump?: Fault; stall?: Fault } =>
    pick([() => ({}), () => ({ jump: fault(2_000) }), () => ({ stall: fault(1_000) })])();
  const ppm = (...most: [number, ...number[]]): number => {
    const bound = pick(most);
    return Math.round(between(-bound, bound));
  };
  const camera = pick(['exact', 'off', 'far-off', 'counts'] as const);
  const drawn = {
    exact: () => ({ ppm: ppm(100), ...faults() }),
    off: () => ({ ppm: ppm(20_000), ...faults() }),
    'far-off': () => ({ ppm: Math.round(between(-500_000, 800_000)), ...faults() }),
    counts: () => ({ counts: pick([10, 24, 25, 30]) }),
  }[camera]();
  const audio = { ppm: ppm(100, 3_000, 100_000), ...faults() };
  // Both tracks stalled at once are a route that takes longer: nothing in what arrives tells these apart.
  const video = audio.stall === undefined ? drawn : { ...drawn, stall: undefined };
  const timestamps: TimestampFaultsInput = { audio, video };
  return {
    name: `sender-${number}`,
    about: JSON.stringify(timestamps),
    // Key frames five times a second: a sender that answers requests for them.
    anchors: [{ userId: 'anna', clip: { freq: 440, pattern: 'flash', gop: 0.2, fps: FPS }, timestamps }],
    network: { loss: pick([0, 0.02, 0.05, 0.15]), jitterMs: pick([0, 5, 30, 100, 200]), seed: number },
    seconds: Math.round(between(16, 30)),
  };
}

/** Generated cases, the same in every run. They are played with `--senders`, or by name. */
export const SENDER_CASES: readonly BenchCase[] = Array.from({ length: COUNT }, (_, index) => randomSender(index + 1));
