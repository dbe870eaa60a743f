import { describe, expect, test } from '@jest/globals';
import { SenderClock } from '../../src/spool/take/sender-clock.ts';

const T0 = 1_760_000_000_000;
/** 20 ms of Opus. */
const data = Uint8Array.of(15 << 3, 1);

interface Sent {
  /** The sender's clock, ms. */
  readonly ms: number;
  /** On ours, ms after T0. */
  readonly at: number;
  readonly sequence?: number;
}
const packet = (kind: 'audio' | 'video', { ms, at, sequence }: Sent, firstRtp = 0) => ({
  ...{ kind, data, receivedAt: T0 + at, sequenceNumber: sequence === undefined ? undefined : sequence & 0xffff },
  rtpTimestamp: (firstRtp + Math.round(ms * (kind === 'audio' ? 48 : 90))) >>> 0,
});

const none = (): number => 0;

/** Packets every 20 ms up to `count`, delayed by `delayAt`; then whether the clock goes on with another. */
const goesOn = (count: number, next: Sent, delayAt: (ms: number) => number, firstRtp = 0): boolean => {
  const sent = (index: number) =>
    packet('audio', { ms: index * 20, at: index * 20 + delayAt(index * 20), sequence: index }, firstRtp);
  const clock = new SenderClock(sent(0), 48_000);
  for (let index = 1; index < count; index += 1) {
    expect(clock.goesOnWith(sent(index))).toBe(true);
    clock.heard(sent(index));
  }
  return clock.goesOnWith(packet('audio', next, firstRtp));
};

describe('the sender’s clock goes on', () => {
  test.each<[string, number, Sent, (ms: number) => number]>([
    ['with the next packet', 100, { ms: 2_000, at: 2_000, sequence: 100 }, none],
    ['after silence that isn’t sent', 100, { ms: 12_000, at: 12_000, sequence: 100 }, none],
    ['after 5 s of loss', 100, { ms: 7_000, at: 7_000, sequence: 350 }, none],
    ['after a backlog of which the rest was left out', 100, { ms: 5_000, at: 3_000, sequence: 250 }, () => 2_000],
    ['with a packet out of turn', 100, { ms: 1_900, at: 2_000, sequence: 95 }, none],
    ['with the last one again', 100, { ms: 1_980, at: 2_000, sequence: 99 }, none],
    ['when a stalled network gives what it held', 100, { ms: 2_000, at: 2_001, sequence: 100 }, (ms) => 1_980 - ms],
    ['after a mute in which it stood still', 100, { ms: 2_000, at: 8_000, sequence: 100 }, none],
  ])('%s', (_, count, next, delayAt) => {
    expect(goesOn(count, next, delayAt)).toBe(true);
    expect(goesOn(count, next, delayAt, 2 ** 32 - 48_000)).toBe(true);
  });

  test('where it has no numbers, within what delay can explain', () => {
    const clock = new SenderClock(packet('video', { ms: 0, at: 0 }), 90_000);
    expect(clock.goesOnWith(packet('video', { ms: 9_000, at: 66 }))).toBe(true);
    expect(clock.goesOnWith(packet('video', { ms: 11_000, at: 66 }))).toBe(false);
  });
});

describe('the sender began anew', () => {
  test.each<[string, number, Sent]>([
    ['ahead by 5 s', 500, { ms: 15_000, at: 10_000, sequence: 500 }],
    ['ahead by 5 s at once', 2, { ms: 5_040, at: 40, sequence: 2 }],
    ['ahead by 1 s', 1_500, { ms: 31_000, at: 30_000, sequence: 1_500 }],
    ['back by 5 s', 500, { ms: 5_000, at: 10_000, sequence: 500 }],
    ['back by 100 ms', 500, { ms: 9_900, at: 10_000, sequence: 500 }],
    ['ahead by 20 s', 100, { ms: 22_000, at: 2_000, sequence: 100 }],
  ])('%s', (_, count, next) => {
    expect(goesOn(count, next, none)).toBe(false);
    expect(goesOn(count, next, none, 2 ** 32 - 48_000)).toBe(false);
  });
});

describe('pictures, which have no numbers', () => {
  /** Whether the clock goes on with each of some pictures. */
  const goesOnWithEach = (sent: readonly Sent[]): boolean[] => {
    const pictures = sent.map((picture) => packet('video', picture, 2 ** 32 - 90_000));
    const clock = new SenderClock(pictures[0]!, 90_000);
    return pictures.map((picture) => {
      const goesOn = clock.goesOnWith(picture);
      clock.heard(picture);
      return goesOn;
    });
  };
  const row = (count: number, fromMs: number, at: number): Sent[] =>
    Array.from({ length: count }, (_, index) => ({ ms: fromMs + index * 66, at: at + index * 66 }));

  test('that go on 5 s behind for a second are of a clock that was set back', () => {
    const found = goesOnWithEach([...row(150, 0, 0), ...row(60, 4_900, 9_900)]);
    expect(found.slice(0, 165)).not.toContain(false);
    expect(found.slice(165, 168)).toContain(false);
  });

  test('that a cut of the network held back are late, and no more', () => {
    const held = row(45, 10_000, 13_000).map((picture) => ({ ...picture, at: 13_010 }));
    const found = goesOnWithEach([...row(150, 0, 0), { ms: 13_000, at: 13_000 }, ...held, ...row(60, 13_066, 13_066)]);
    expect(found).not.toContain(false);
  });
});
