import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { RoomEvent } from '@trtc-recorder/contracts';
import type { WebSocket } from 'ws';
import { PageChannel } from '../src/page-channel.ts';
import { BatchWriter, type WireFrame } from '../src/wire.ts';

class Socket extends EventEmitter {
  send(): void {}
  terminate(): void {}
}

const frameAt = (receivedAt: number): WireFrame => ({
  ...({ tap: 1, ssrc: 1, codec: 'opus', key: true, rtpTimestamp: 960 } as const),
  ...{ receivedAt, sequenceNumber: 1, data: Uint8Array.of(1) },
});

/** Batches of a page whose clock is behind ours by so much: what arrives of them. */
const arrive = (...behind: number[]) => arriving(() => ({ type: 'note', message: 'hear' }), ...behind);

const arriving = (eventAt: (at: number) => object, ...behind: number[]) => {
  const socket = new Socket();
  const times: number[] = [];
  const channel = new PageChannel(socket as unknown as WebSocket, {
    onFrame: ({ receivedAt }) => times.push(receivedAt),
    onEvent: (event: RoomEvent) => times.push(event.type === 'subscription-failed' ? event.since : event.at),
    onLost: (why) => {
      throw new Error(why);
    },
  });
  const now = Date.now();
  for (const ms of behind) {
    const writer = new BatchWriter();
    writer.frame(frameAt(now - ms - 100));
    writer.message(JSON.stringify({ type: 'event', event: { at: now - ms - 50, ...eventAt(now - ms - 50) } }));
    socket.emit('message', Buffer.from(writer.take(Date.now() - ms)));
  }
  channel.close();
  return times.map((time) => time - now);
};

test('a page that was opened before the system’s clock was set tells times on the clock of now', () => {
  for (const ms of [3_600_000, -20_000]) {
    const [frame = 0, event = 0] = arrive(ms);
    expect(Math.abs(frame + 100)).toBeLessThan(100);
    expect(Math.abs(event + 50)).toBeLessThan(100);
  }
});

test('and with them the time since when a subscription failed', () => {
  const track = { userId: 'ann', stream: 'main', kind: 'video' };
  const failed = (at: number) => ({ type: 'subscription-failed', ...track, since: at - 7_000, cause: 'refused' });
  const [, since = 0] = arriving(failed, 3_600_000);
  expect(Math.abs(since + 7_050)).toBeLessThan(100);
});

test('the way of a batch is no difference of clocks, and one that is found is kept', () => {
  expect(arrive(2_400)).toEqual([-2_500, -2_450]);
  const [, , frame = 0] = arrive(50_000, 50_400);
  expect(Math.abs(frame + 500)).toBeLessThan(100);
});
