import { describe, expect, test } from '@jest/globals';
import type { Kind } from '@trtc-recorder/contracts';
import { toPoints, type Observation } from '../../src/clock/observation.ts';
import { fitRtpClock, wallMs, type RtpClock } from '../../src/clock/rtp-clock.ts';
import { Arrivals, type ClockStep } from '../../src/clock/arrivals.ts';
import { slipsOf } from '../../src/clock/slips.ts';
import { ClockSampler } from '../../src/spool/take/clock-samples.ts';
import { StepWatch } from '../../src/spool/take/step-watch.ts';
import { seeded } from '../helpers/spool-fixture.ts';

// Sound and picture of one sender, as a take notes their arrivals: whatever delays they meet with, they stay in step.
const T0 = 1_760_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type At = (ms: number) => number;
interface Sender {
  readonly lengthMs: number;
  readonly audioDelay?: At;
  readonly videoDelay?: At;
  /** For how long the sound's timestamps have stood still by a time; nothing is sent in the meantime. */
  readonly audioStood?: At;
  readonly videoStood?: At;
  readonly jitterMs?: number;
  /** Neither knows of the other. */
  readonly alone?: true;
}
interface Track {
  readonly kind: Kind;
  readonly clockRate: number;
  readonly intervalMs: number;
  readonly ppm: number;
  readonly delay: At;
  readonly stood: At;
  readonly seed: number;
}
const none: At = () => 0;
const rtpAt = ({ clockRate, ppm, stood }: Track, ms: number): number =>
  Math.round(((ms - stood(ms)) * (1 + ppm * 1e-6) * clockRate) / 1000);
const isMute = ({ stood, intervalMs }: Track, ms: number): boolean => stood(ms) - stood(ms - intervalMs) > 1;

/** What the journal gets. */
function capture(track: Track, { lengthMs, jitterMs = 30 }: Sender) {
  const observations: Observation[] = [];
  const steps: ClockStep[] = [];
  const sampler = new ClockSampler(track.clockRate, (sample) => observations.push(sample));
  const watch = new StepWatch(track.clockRate, (step) => steps.push(step));
  const random = seeded(track.seed);
  let last = 0;
  for (let ms = 0; ms < lengthMs; ms += track.intervalMs) {
    if (isMute(track, ms)) continue;
    // Frames don't overtake each other: a queue drains in order.
    last = Math.max(last + 0.1, T0 + ms + track.delay(ms) + random() * jitterMs);
    const sample = { rtp: rtpAt(track, ms), receivedAt: last };
    sampler.add(sample);
    watch.add(sample);
  }
  watch.end();
  sampler.end();
  observations.push(...steps);
  return { observations, steps };
}

/** The errors of both clocks, and how far they are apart, at their worst: ms. */
function judge(sender: Sender) {
  const { lengthMs, audioDelay = none, videoDelay = none, audioStood = none, videoStood = none } = sender;
  const tracks: Track[] = [
    { kind: 'audio', clockRate: 48_000, intervalMs: 20, ppm: 40, delay: audioDelay, stood: audioStood, seed: 1 },
    {
      kind: 'video',
      clockRate: 90_000,
      intervalMs: 1000 / 15,
      ppm: -30,
      delay: videoDelay,
      stood: videoStood,
      seed: 2,
    },
  ];
  const captured = tracks.map((track) => capture(track, sender));
  const points = captured.map(({ observations }, index) => toPoints(observations, tracks[index]!.clockRate));
  const arrivals = captured.map(({ steps }, index) => new Arrivals(points[index]!, steps));
  const clocks = tracks.map(({ kind, clockRate }, index): RtpClock => {
    const others = sender.alone === true ? [] : [arrivals[1 - index]!];
    const slips = slipsOf(arrivals[index]!, kind, others);
    return fitRtpClock({ clockRate, observations: captured[index]!.observations, slips });
  });
  const worst = { skew: 0, audio: 0, video: 0 };
  for (let ms = 0; ms < lengthMs; ms += Math.max(100, lengthMs / 4000)) {
    if (tracks.some((track) => isMute(track, ms))) continue;
    const [audio = 0, video = 0] = tracks.map((track, index) => wallMs(clocks[index]!, rtpAt(track, ms)) - (T0 + ms));
    worst.skew = Math.max(worst.skew, Math.abs(audio - video));
    worst.audio = Math.max(worst.audio, Math.abs(audio));
    worst.video = Math.max(worst.video, Math.abs(video));
  }
  return worst;
}

const between =
  (from: number, to: number, extra: number): At =>
  (ms) =>
    ms >= from && ms < to ? extra : 0;
/** Builds up over 2 s and is drained over 3 s. */
const queue =
  (from: number, to: number, extra: number): At =>
  (ms) =>
    extra * Math.max(0, Math.min(1, (ms - from) / 2_000, (to + 3_000 - ms) / 3_000));

describe('a delay that sound and picture share keeps them in step', () => {
  test.each<[string, number, At]>([
    ['500 ms for the last half minute, suddenly', MINUTE, between(31_000, Infinity, 500)],
    ['500 ms for the last two of three windows', 30_000, between(9_000, Infinity, 500)],
    ['500 ms for the second of two windows', 20_000, between(9_000, Infinity, 500)],
    ['500 ms for the last half minute, by and by', MINUTE, queue(30_000, Infinity, 500)],
    ['1500 ms for the last half minute, by and by', MINUTE, queue(30_000, Infinity, 1_500)],
    ['1500 ms for the last half minute, suddenly', MINUTE, between(30_000, Infinity, 1_500)],
    ['600 ms from the start, until 28 s', MINUTE, queue(-10_000, 28_000, 600)],
    ['1500 ms from the start, until 28 s', MINUTE, queue(-10_000, 28_000, 1_500)],
    ['1500 ms for a minute', 5 * MINUTE, queue(2 * MINUTE, 3 * MINUTE, 1_500)],
    ['1500 ms for a minute, suddenly', 5 * MINUTE, between(2 * MINUTE, 3 * MINUTE, 1_500)],
    ['700 ms for 130 s', 10 * MINUTE, queue(4 * MINUTE, 4 * MINUTE + 130_000, 700)],
    ['390 ms for an hour', 6 * HOUR, between(3 * HOUR, 4 * HOUR, 390)],
    ['200 ms for good, after 6 h of 12', 12 * HOUR, between(6 * HOUR, Infinity, 200)],
    ['the way there and back, again and again', HOUR, (ms) => 300 * Number(ms % (7 * MINUTE) > 4 * MINUTE)],
  ])(
    '%s',
    (_, lengthMs, delay) => {
      const worst = judge({ lengthMs, audioDelay: delay, videoDelay: delay });
      expect(worst.skew).toBeLessThan(40);
      // Neither is taken for later than it was; one that was later by more than a second may be.
      if (lengthMs <= MINUTE && delay(lengthMs) < 1_000) expect(Math.max(worst.audio, worst.video)).toBeLessThan(40);
    },
    60_000,
  );
});

describe('a delay of the picture alone doesn’t move it', () => {
  test.each<[string, number, At]>([
    ['600 ms from the start, until 28 s', MINUTE, queue(-10_000, 28_000, 600)],
    ['600 ms for the last half minute, suddenly', MINUTE, between(30_000, Infinity, 600)],
    ['500 ms for the last half minute, by and by', MINUTE, queue(30_000, Infinity, 500)],
    ['300 ms for 3 min', 10 * MINUTE, queue(MINUTE, 4 * MINUTE, 300)],
  ])('%s', (_, lengthMs, videoDelay) => {
    expect(judge({ lengthMs, videoDelay }).skew).toBeLessThan(40);
  });
});

describe('timestamps that stood still are followed at once', () => {
  const stood =
    (atMs: number, forMs: number): At =>
    (ms) =>
      Math.max(0, Math.min(forMs, ms - atMs));
  test.each<[string, Omit<Sender, 'lengthMs'>]>([
    ['the sound’s for 2 s', { audioStood: stood(42_500, 2_000) }],
    ['the sound’s for 1.5 s', { audioStood: stood(30_000, 1_500) }],
    ['the sound’s for 300 ms', { audioStood: stood(30_500, 300) }],
    ['the sound’s for 100 ms', { audioStood: stood(30_500, 100) }],
    ['the sound’s twice', { audioStood: (ms) => stood(20_000, 700)(ms) + stood(40_000, 2_000)(ms) }],
    ['the sound’s for 2 s shortly before the end', { audioStood: stood(56_000, 2_000) }],
    ['the picture’s for 2 s', { videoStood: stood(30_000, 2_000) }],
    [
      'both for 3 s, as of a sender that was suspended',
      { audioStood: stood(30_000, 3_000), videoStood: stood(30_000, 3_000) },
    ],
    [
      'the sound’s, in the midst of congestion',
      {
        audioStood: stood(30_000, 800),
        audioDelay: queue(20_000, 45_000, 400),
        videoDelay: queue(20_000, 45_000, 400),
      },
    ],
    [
      'the sound’s for 200 ms, when a queue of more is in the way',
      {
        audioStood: stood(35_000, 200),
        audioDelay: queue(15_000, 50_000, 300),
        videoDelay: queue(15_000, 50_000, 300),
      },
    ],
  ])('%s', (_, sender) => {
    const worst = judge({ lengthMs: MINUTE, ...sender });
    expect(worst).toEqual({ skew: expect.any(Number), audio: expect.any(Number), video: expect.any(Number) });
    expect(Math.max(worst.skew, worst.audio, worst.video)).toBeLessThan(40);
  });

  test.each([3_000, 5_000, 6_000, 7_000, 8_000, 9_000, 9_800])(
    'a sender that slept for %i ms, with or without a picture, when its arrivals are noted every 5 s only',
    (forMs) => {
      for (let atMs = 2 * MINUTE; atMs < 2 * MINUTE + 5_000; atMs += 700) {
        const audioStood = stood(atMs, forMs);
        const asleep = { lengthMs: 3 * MINUTE, audioStood, videoStood: audioStood };
        const both = judge(asleep);
        expect(Math.max(both.skew, both.audio, both.video)).toBeLessThan(40);
        expect(judge({ ...asleep, alone: true }).audio).toBeLessThan(40);
      }
    },
  );
});

test('jitter and lone late frames are no steps', () => {
  const steps: ClockStep[] = [];
  const watch = new StepWatch(48_000, (step) => steps.push(step));
  const random = seeded(5);
  for (let index = 0; index < 30_000; index += 1) {
    const late = random() < 0.02 ? random() * 400 : random() * 80;
    watch.add({ rtp: index * 960, receivedAt: T0 + index * 20 + late });
  }
  watch.end();
  expect(steps).toEqual([]);
});
