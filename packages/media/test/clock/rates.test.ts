import { describe, expect, test } from '@jest/globals';
import { audio, every, judge, quantile, video, type SimulatedTrack } from './kit/sender.ts';

// Clocks that are off, timestamps that jump or stall, senders that count frames.
const far = (sound: object, picture: object = {}, lengthMs = 120_000, jitterMs = 30) => {
  const tracks = [
    { ...audio, ...sound },
    { ...video, ...picture },
  ] as SimulatedTrack[];
  const { errors, skews } = judge({ tracks, lengthMs, jitterMs, loss: 0.03 });
  return {
    p95: quantile(skews, 0.95),
    max: quantile(skews, 0.995),
    place: Math.max(...errors.map((track) => quantile(track, 0.99))),
  };
};

describe('a clock that is off from the first second on', () => {
  test.each<[string, object, object]>([
    ['audio 0.1 % slow', { rate: 0.999 }, {}],
    ['audio 0.3 % slow', { rate: 0.997 }, {}],
    ['audio 3 % slow', { rate: 0.97 }, {}],
    ['audio 10 % slow', { rate: 0.9 }, {}],
    ['audio 10 % fast', { rate: 1.1 }, {}],
    ['audio of 44,100 Hz said to be of 48,000', { rate: 44_100 / 48_000 }, {}],
    ['video of 88,965 ticks a second', {}, { rate: 88_965 / 90_000 }],
    ['video that advances at half the time', {}, { rate: 0.5 }],
    ['video that advances at twice the time', {}, { rate: 2 }],
    ['both 1,000 ppm fast', { rate: 1.001 }, { rate: 1.001 }],
    ['both off, in opposite ways', { rate: 0.93 }, { rate: 1.04 }],
  ])('%s', (_, sound, picture) => {
    const { p95, max, place } = far(sound, picture);
    expect(p95).toBeLessThan(20);
    expect(max).toBeLessThan(40);
    expect(place).toBeLessThan(20);
  });

  test('stays so for an hour', () => {
    const { max, place } = far({ rate: 0.997 }, { rate: 1.0001 }, 3_600_000);
    expect(max).toBeLessThan(40);
    expect(place).toBeLessThan(20);
  });

  test('within 12 s of 200 ms of jitter', () => {
    const { p95, max } = far({ rate: 0.95 }, {}, 12_000, 200);
    expect(p95).toBeLessThan(40);
    expect(max).toBeLessThan(80);
  });
});

describe('timestamps that jump while no time passes', () => {
  test.each<[string, object, object]>([
    ['audio by 60 ms, 60 times in 3 min', { events: every(2_900, 60, { do: 'jump', ms: 60 }) }, {}],
    ['audio by 1 s', { events: every(40_000, 4, { do: 'jump', ms: 1_000 }) }, {}],
    ['video by 33 ms, 30 times', {}, { events: every(5_000, 30, { do: 'jump', ms: 33 }) }],
    ['video by 500 ms every 7 s', {}, { events: every(7_000, 20, { do: 'jump', ms: 500 }) }],
    ['video by 5 s', {}, { events: every(60_000, 2, { do: 'jump', ms: 5_000 }) }],
    [
      'both, at different moments',
      { events: every(9_000, 9, { do: 'jump', ms: 150 }) },
      { events: every(7_000, 9, { do: 'jump', ms: 250 }) },
    ],
  ])('%s', (_, sound, picture) => {
    const { p95, max, place } = far(sound, picture, 200_000, 10);
    expect(p95).toBeLessThan(40);
    expect(max).toBeLessThan(80);
    expect(place).toBeLessThan(40);
  });
});

describe('timestamps that stall', () => {
  test.each<[string, object, object]>([
    ['audio for 300 ms every 5 s', { events: every(5_000, 20, { do: 'stall', ms: 300 }) }, {}],
    ['audio for 2 s', { events: every(40_000, 3, { do: 'stall', ms: 2_000 }) }, {}],
    ['video for 500 ms', {}, { events: every(15_000, 10, { do: 'stall', ms: 500 }) }],
    ['video for half a minute', {}, { events: every(60_000, 2, { do: 'stall', ms: 30_000 }) }],
    [
      'both for 3 s, as of a sender that was suspended',
      { events: every(40_000, 3, { do: 'stall', ms: 3_000 }) },
      { events: every(40_000, 3, { do: 'stall', ms: 3_000 }) },
    ],
    ['audio for a minute of mute', { events: [{ at: 50_000, do: 'stall', ms: 60_000 }] }, {}],
    ['audio, 3 % slow, for 300 ms every 5 s', { rate: 0.97, events: every(5_000, 20, { do: 'stall', ms: 300 }) }, {}],
  ])('%s', (_, sound, picture) => {
    const { p95, max, place } = far(sound, picture, 200_000, 10);
    expect(p95).toBeLessThan(20);
    expect(max).toBeLessThan(80);
    expect(place).toBeLessThan(20);
  });
});

test('video whose sender counts frames while their rate changes', () => {
  const events = [
    { at: 30_000, do: 'interval', ms: 1000 / 30 },
    { at: 60_000, do: 'interval', ms: 100 },
    { at: 90_000, do: 'interval', ms: 66 },
  ];
  const { p95, max } = far({}, { counts: true, events }, 120_000, 5);
  expect(p95).toBeLessThan(20);
  expect(max).toBeLessThan(80);
});
