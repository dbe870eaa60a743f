import { describe, expect, test } from '@jest/globals';
import { AudioTimestamps, type ReceivedPacket } from '../../src/spool/order/audio-timestamps.ts';

const T0 = 1_760_000_000_000;

interface Sent {
  /** The sender's clock, ms. */
  readonly ms: number;
  /** On ours, ms after T0. */
  readonly at: number;
  readonly sequence: number;
}
const packet = ({ ms, at, sequence }: Sent, firstRtp = 0): ReceivedPacket => ({
  ...{ ticks: 960, receivedAt: T0 + at, sequenceNumber: sequence & 0xffff },
  rtpTimestamp: (firstRtp + ms * 48) >>> 0,
});

const none = (): number => 0;

/** Packets every 20 ms up to `count`, delayed by `delayAt`; then the place of another, in ms on the continuous clock. */
const place = (count: number, next: Sent, delayAt: (ms: number) => number = none, firstRtp = 0) => {
  const timestamps = new AudioTimestamps();
  for (let index = 0; index < count; index += 1) {
    const sent = packet({ ms: index * 20, at: index * 20 + delayAt(index * 20), sequence: index }, firstRtp);
    expect(timestamps.isUnrelated(sent)).toBe(false);
    expect(timestamps.next(sent)).toEqual({ sequence: index, rtp: firstRtp + index * 960, jump: false });
  }
  const other = packet(next, firstRtp);
  if (timestamps.isUnrelated(other)) return 'unrelated';
  const { rtp, jump } = timestamps.next(other);
  return { ms: (rtp - firstRtp) / 48, jump };
};

describe('timestamps that did not jump are kept', () => {
  test.each<[string, number, Sent, (ms: number) => number]>([
    ['the next packet', 100, { ms: 2_000, at: 2_000, sequence: 100 }, none],
    ['after silence that isn’t sent', 100, { ms: 12_000, at: 12_000, sequence: 100 }, none],
    ['after 5 s of loss', 100, { ms: 7_000, at: 7_000, sequence: 350 }, none],
    ['after a backlog of which the rest was left out', 100, { ms: 5_000, at: 3_000, sequence: 250 }, () => 2_000],
    ['a packet out of order', 100, { ms: 1_900, at: 2_000, sequence: 95 }, none],
    ['the last packet again', 100, { ms: 1_980, at: 2_000, sequence: 99 }, none],
    ['when a stalled network delivers all at once', 100, { ms: 2_000, at: 2_001, sequence: 100 }, (ms) => 1_980 - ms],
    ['after a mute in which the timestamps stood still', 100, { ms: 2_000, at: 8_000, sequence: 100 }, none],
  ])('%s', (_, count, next, delayAt) => {
    expect(place(count, next, delayAt)).toEqual({ ms: next.ms, jump: false });
    expect(place(count, next, delayAt, 2 ** 32 - 48_000)).toEqual({ ms: next.ms, jump: false });
  });
});

describe('a jump is subtracted', () => {
  test.each<[string, Sent, number]>([
    ['ahead by 5 s', { ms: 15_000, at: 10_000, sequence: 500 }, 10_000],
    ['ahead by 0.4 s', { ms: 10_400, at: 10_000, sequence: 500 }, 10_000],
    ['ahead by 12 h', { ms: 43_210_000, at: 10_000, sequence: 500 }, 10_000],
    ['back by 10 ms', { ms: 9_990, at: 10_000, sequence: 500 }, 10_000],
    ['back by 40 ms', { ms: 9_960, at: 10_000, sequence: 500 }, 10_000],
    ['back by 5 s', { ms: 5_000, at: 10_000, sequence: 500 }, 10_000],
    ['back by 10 min', { ms: -590_000, at: 10_000, sequence: 500 }, 10_000],
    ['back by 100 ms as three packets are lost', { ms: 9_960, at: 10_060, sequence: 503 }, 10_060],
    ['back by 5 s after a silence of 3 s', { ms: 8_000, at: 13_000, sequence: 500 }, 13_000],
  ])('%s', (_, next, ms) => {
    for (const firstRtp of [0, 2 ** 32 - 48_000]) expect(place(500, next, none, firstRtp)).toEqual({ ms, jump: true });
  });

  test('packets from before the jump that arrive after it keep their places', () => {
    const timestamps = new AudioTimestamps();
    const arrive = (sequence: number, ms: number) =>
      timestamps.next(packet({ ms, at: sequence * 20, sequence })).rtp / 48;
    for (let sequence = 0; sequence < 50; sequence += 1) arrive(sequence, sequence * 20);
    // Set back by 60 ms between packets 51 and 52.
    expect(arrive(52, 980)).toBe(1_040);
    expect(arrive(51, 1_020)).toBe(1_020);
    expect(arrive(50, 1_000)).toBe(1_000);
    expect(arrive(54, 1_020)).toBe(1_080);
    expect(arrive(53, 1_000)).toBe(1_060);
    expect(arrive(53, 1_000)).toBe(1_060);
  });
});

test('numbers and timestamps that both jump belong to another stream', () => {
  expect(place(500, { ms: 900_000, at: 10_000, sequence: 20_000 })).toBe('unrelated');
  expect(place(500, { ms: -900_000, at: 10_000, sequence: -20_000 })).toBe('unrelated');
});
