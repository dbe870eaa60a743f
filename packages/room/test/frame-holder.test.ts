import { describe, expect, test } from '@jest/globals';
import type { Frame, RoomEventOf } from '@trtc-recorder/contracts';
import { FrameHolder, type HoldLimits } from '../src/frame-holder.ts';
import type { WireFrame } from '../src/wire.ts';

const wire = (over: Partial<WireFrame> = {}): WireFrame => ({
  tap: 1,
  ssrc: 10,
  codec: 'h264',
  key: true,
  rtpTimestamp: 0,
  receivedAt: 0,
  data: new Uint8Array([1]),
  ...over,
});
const owner = (over: Partial<RoomEventOf<'owner'>> = {}): RoomEventOf<'owner'> => ({
  type: 'owner',
  at: 0,
  userId: 'anna',
  stream: 'main',
  kind: 'video',
  tap: 1,
  ssrc: 10,
  ...over,
});

function holder(limits?: HoldLimits) {
  const out: Frame[] = [];
  const notes: string[] = [];
  const it = new FrameHolder({
    emit: (frame) => out.push(frame),
    note: (message) => notes.push(message),
    ...(limits ? { limits } : {}),
  });
  return { it, out, notes, times: () => out.map((frame) => frame.rtpTimestamp) };
}

describe('frames', () => {
  test('wait for their owner and then come in their order, the later ones at once', () => {
    const { it, out, notes, times } = holder();
    it.frame(wire({ rtpTimestamp: 1 }));
    it.frame(wire({ rtpTimestamp: 2 }));
    expect(out).toEqual([]);
    it.owner(owner());
    it.frame(wire({ rtpTimestamp: 3 }));
    expect(times()).toEqual([1, 2, 3]);
    expect(out.every((frame) => frame.userId === 'anna' && frame.stream === 'main' && frame.kind === 'video')).toBe(
      true,
    );
    it.finish();
    expect(notes).toEqual([]);
  });

  test('of a reused receiver belong to whoever owns their SSRC, also when the former one still trickles in', () => {
    const { it, out } = holder();
    it.owner(owner());
    it.frame(wire());
    it.frame(wire({ ssrc: 11 }));
    it.owner(owner({ userId: 'bert', ssrc: 11 }));
    it.frame(wire({ ssrc: 10 }));
    expect(out.map((frame) => `${frame.userId}/${frame.ssrc}`)).toEqual(['anna/10', 'bert/11', 'anna/10']);
  });

  test('of an owner never found are told with their number', () => {
    const { it, out, notes } = holder();
    it.frame(wire());
    it.frame(wire());
    it.finish();
    expect(out).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^2 frames of receiver 1, SSRC 10 were lost: .*never found/)]);
  });

  test('keep the newest within the bytes, and the loss is told', () => {
    const { it, times, notes } = holder({ bytes: 2, ms: 1000 });
    for (const rtpTimestamp of [1, 2, 3, 4]) it.frame(wire({ rtpTimestamp }));
    it.owner(owner());
    expect(times()).toEqual([3, 4]);
    expect(notes).toEqual([expect.stringContaining('being lost'), expect.stringMatching(/^2 frames .*too late/)]);
  });

  test('keep what is not older than the time', () => {
    const { it, times, notes } = holder({ bytes: 1000, ms: 1000 });
    it.frame(wire({ rtpTimestamp: 1, receivedAt: 0 }));
    it.frame(wire({ rtpTimestamp: 2, receivedAt: 900 }));
    it.frame(wire({ rtpTimestamp: 3, receivedAt: 1500 }));
    it.owner(owner());
    expect(times()).toEqual([2, 3]);
    expect(notes.at(-1)).toMatch(/^1 frames/);
  });

  test('of a run that never finds an owner give way to those of a new one, and both are counted', () => {
    const { it, out, notes } = holder({ bytes: 4, ms: 1000 });
    for (const rtpTimestamp of [1, 2, 3, 4]) it.frame(wire({ rtpTimestamp }));
    it.frame(wire({ ssrc: 11, rtpTimestamp: 5 }));
    it.frame(wire({ ssrc: 11, rtpTimestamp: 6, key: false }));
    it.owner(owner({ userId: 'bert', ssrc: 11 }));
    expect(out.map((frame) => `${frame.userId}/${frame.rtpTimestamp}`)).toEqual(['bert/5', 'bert/6']);
    it.finish();
    expect(notes).toEqual([
      expect.stringMatching(/SSRC 10 is not known; .*being lost/),
      expect.stringMatching(/^4 frames of receiver 1, SSRC 10 .*never found/),
    ]);
  });

  test('of a run that is over are held no longer than the time, whosever frames come then', () => {
    const { it, times, notes } = holder({ bytes: 1000, ms: 1000 });
    it.owner(owner({ ssrc: 11 }));
    it.frame(wire({ rtpTimestamp: 1, receivedAt: 0 }));
    it.frame(wire({ rtpTimestamp: 2, receivedAt: 600 }));
    it.frame(wire({ rtpTimestamp: 3, receivedAt: 1500, ssrc: 11 }));
    it.owner(owner());
    expect(times()).toEqual([3, 2]);
    expect(notes.at(-1)).toMatch(/^1 frames/);
  });

  test('cost the same however many are held', () => {
    const { it, notes } = holder({ bytes: 50_000, ms: 1000 });
    const before = performance.now();
    for (let frame = 0; frame < 300_000; frame += 1) it.frame(wire({ rtpTimestamp: frame }));
    expect(performance.now() - before).toBeLessThan(5_000);
    it.finish();
    expect(notes.at(-1)).toMatch(/^300000 frames/);
  });

  test('that were held do not count against later ones', () => {
    const { it, times } = holder({ bytes: 2, ms: 1000 });
    it.frame(wire({ rtpTimestamp: 1 }));
    it.frame(wire({ rtpTimestamp: 2 }));
    it.owner(owner());
    it.frame(wire({ rtpTimestamp: 3, ssrc: 11 }));
    it.frame(wire({ rtpTimestamp: 4, ssrc: 11 }));
    it.owner(owner({ ssrc: 11 }));
    expect(times()).toEqual([1, 2, 3, 4]);
  });

  test('that are held do not keep the batch alive they came in', () => {
    const { it, out } = holder();
    const batch = new Uint8Array(1000);
    it.frame(wire({ data: batch.subarray(10, 12) }));
    it.owner(owner());
    expect(out[0]!.data.buffer.byteLength).toBe(2);
  });

  test('in a codec without a name are not passed on, but told', () => {
    const { it, out, notes } = holder();
    it.owner(owner());
    it.frame(wire({ codec: 'unknown' }));
    it.frame(wire({ codec: 'unknown' }));
    it.finish();
    expect(out).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('unknown codec'), expect.stringMatching(/^2 frames/)]);
  });
});
