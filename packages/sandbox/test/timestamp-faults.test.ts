import { describe, expect, test } from '@jest/globals';
import type { Clip } from '../src/clips/encode.ts';
import { AudioSender, VideoSender, type SenderOptions } from '../src/clips/sender.ts';
import { clipSpec } from '../src/clips/spec.ts';
import { TimestampFaultsSchema, type TimestampFaultsInput } from '../src/clips/timestamp-faults.ts';
import { Deliveries } from '../src/rooms/deliveries.ts';
import type { ClockReading } from '../src/rooms/rtcp.ts';
import { Slot } from '../src/rooms/slot.ts';
import type { Source, StreamPacket } from '../src/rooms/source.ts';

const T0 = 1_760_000_000_000;
const payload = Buffer.from([1]);

/** A clip of empty packets: 15 frames a second with a key frame every 0.2 s. */
const clip: Clip = {
  spec: clipSpec({ gop: 0.2 }),
  sounds: Array.from({ length: 200 }, () => ({ payload, silent: false })),
  frames: Array.from({ length: 60 }, (_, index) => ({ payloads: [payload], key: index % 3 === 0 })),
};

interface Sent extends StreamPacket {
  /** When it was sent, ms of media time. */
  readonly atMs: number;
  /** Ticks since the first packet. */
  readonly ticks: number;
}

/** What a sender sends within `lengthMs`, and a report of its clock every second. */
function sent(kind: 'audio' | 'video', input: TimestampFaultsInput, lengthMs: number) {
  const faults = TimestampFaultsSchema.parse(input);
  const options: SenderOptions = { clip, wallMs: (mediaMs) => T0 + mediaMs };
  const sender =
    kind === 'audio'
      ? new AudioSender({ ...options, dtx: false, timestamps: faults.audio })
      : new VideoSender({ ...options, timestamps: faults.video });
  const packets: Sent[] = [];
  const reports: { readonly atMs: number; readonly clock: ClockReading }[] = [];
  let now = 0;
  sender.source.sinks.add({
    packet: (packet) => {
      const ticks = (packet.timestamp - (packets[0]?.timestamp ?? packet.timestamp)) | 0;
      packets.push({ ...packet, atMs: now, ticks });
    },
    clock: (clock) => reports.push({ atMs: now, clock }),
  });
  for (; now < lengthMs; now += 1) {
    sender.tick(now);
    if (now % 1000 === 999) sender.report(now);
  }
  const first = packets[0]?.timestamp ?? 0;
  return { packets, reports: reports.map(({ atMs, clock }) => ({ atMs, ticks: (clock.timestamp - first) | 0 })) };
}

const steps = (packets: readonly Sent[]): number[] =>
  packets.slice(1).map(({ ticks }, index) => ticks - (packets[index]?.ticks ?? 0));
const count = (values: readonly number[], wanted: number): number => values.filter((value) => value === wanted).length;

describe('timestamps', () => {
  test('are right without faults', () => {
    const { packets } = sent('audio', {}, 2_000);
    expect(packets).toHaveLength(100);
    expect(new Set(steps(packets))).toEqual(new Set([960]));
    expect(new Set(steps(sent('video', {}, 2_000).packets))).toEqual(new Set([6_000]));
  });

  test('run at another rate, while packets leave as before and say when they were captured', () => {
    const { packets, reports } = sent('audio', { audio: { ppm: -30_000 } }, 10_000);
    expect(packets).toHaveLength(500);
    expect(packets.map(({ atMs, capturedMs = 0 }) => capturedMs - T0 - atMs)).toEqual(packets.map(() => 0));
    expect(packets.at(-1)?.ticks).toBe(Math.round(499 * 960 * 0.97));
    expect(Math.max(...steps(packets))).toBe(932);
    for (const { atMs, ticks } of reports) expect(Math.abs(ticks - atMs * 48 * 0.97)).toBeLessThanOrEqual(1);
  });

  test('jump while no time passes', () => {
    const { packets, reports } = sent('video', { video: { jump: { everyMs: 2_000, ms: 33 } } }, 9_000);
    const jumps = steps(packets).filter((step) => step !== 6_000);
    expect(jumps).toEqual([8_970, 8_970, 8_970, 8_970]);
    expect(packets).toHaveLength(135);
    for (const { atMs, ticks } of reports)
      expect(Math.abs(ticks - (atMs + Math.floor(atMs / 2_000) * 33) * 90)).toBeLessThanOrEqual(1);
  });

  test('stand still while audio stalls, and go on where they stopped', () => {
    const { packets, reports } = sent('audio', { audio: { stall: { everyMs: 3_000, ms: 300 } } }, 8_000);
    expect(new Set(steps(packets))).toEqual(new Set([960]));
    const pauses = packets.slice(1).map(({ atMs }, index) => atMs - (packets[index]?.atMs ?? 0));
    expect(count(pauses, 320)).toBe(2);
    expect(count(pauses, 20)).toBe(pauses.length - 2);
    const sequences = packets.slice(1).map(({ sequence }, i) => (sequence - (packets[i]?.sequence ?? 0)) & 0xffff);
    expect(new Set(sequences)).toEqual(new Set([1]));
    expect(reports.at(-1)?.ticks).toBe((7_999 - 600) * 48);
  });

  test('go on with a key frame after video stalled', () => {
    const { packets } = sent('video', { video: { stall: { everyMs: 2_000, ms: 250 } } }, 3_000);
    expect(new Set(steps(packets))).toEqual(new Set([6_000]));
    const resumed = packets.find(({ atMs }) => atMs >= 2_000);
    expect(resumed).toMatchObject({ atMs: 2_400, startsKeyFrame: true });
  });

  test('count frames', () => {
    const { packets } = sent('video', { video: { counts: 30 } }, 4_000);
    expect(packets).toHaveLength(60);
    expect(new Set(steps(packets))).toEqual(new Set([3_000]));
  });
});

test('the room notes when packets were captured, not what their timestamps say', () => {
  const deliveries = new Deliveries();
  const onSent = deliveries.open({ publisherId: 'anna', stream: 'audio', ssrc: 5 });
  const peer = { open: true, send: () => true, payloadTypes: () => ({ media: 111, rtx: undefined }) };
  const slot = new Slot({ peer, kind: 'audio', ssrc: 5, rtxSsrc: 0, cname: 'anna', onSent });
  const faults = TimestampFaultsSchema.parse({ audio: { ppm: 100_000, jump: { everyMs: 1_000, ms: 500 } } });
  const wallMs = (mediaMs: number) => T0 + mediaMs;
  const sender = new AudioSender({ clip, wallMs, dtx: false, timestamps: faults.audio });
  const source: Source = sender.source;
  let last: number | undefined;
  source.sinks.add({ packet: ({ timestamp }) => (last = timestamp), clock: () => undefined });
  slot.feed(source);
  for (let now = 0; now <= 5_000; now += 20) {
    sender.tick(now);
    if (now === 4_000) deliveries.lost({ ssrc: 5, timestamp: last ?? 0 });
    if (now % 1000 === 0) sender.report(now);
  }
  expect(deliveries.view()).toMatchObject([{ fromMs: T0, toMs: T0 + 5_000, packets: 251, lostAtMs: [T0 + 4_000] }]);
});
