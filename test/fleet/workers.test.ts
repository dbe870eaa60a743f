import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Room } from '@trtc-recorder/contracts';
import { sleep } from '@trtc-recorder/runtime';
import { loudnessOf, truthOf } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';

// Several workers on one queue share the rooms. How they take over from each other is drilled: drills.test.ts.
const ROOMS_PER_WORKER = 2;
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ workers: 2, env: { worker: { ROOMS_PER_WORKER: String(ROOMS_PER_WORKER) } } });
}, 240_000);
afterAll(() => fleet.stop(), 60_000);

let rooms = 7000;
const nextRoom = (): Room & { type: 'int' } => ({ type: 'int', id: (rooms += 1) });
const clip = { freq: 440, pattern: 'flash', gop: 1 } as const;

const submit = async (freq = 440, mode = '02'): Promise<{ room: Room; requestId: string }> => {
  const room = nextRoom();
  await fleet.sandbox.addAnchors(room, { userId: 'anna', clip: { ...clip, freq } });
  const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: 'recorder', Mode: mode }));
  return { room, requestId };
};
const workerOf = async (requestId: string) => (await fleet.api.status(requestId)).Worker;

test('four rooms at once on two workers; a fifth waits and is not refused', async () => {
  const frequencies = [440, 600, 800, 1000];
  const running = await Promise.all(frequencies.map((freq) => submit(freq, '00')));
  await Promise.all(running.map(({ requestId }) => fleet.capturing(requestId, { anchors: 1, seconds: 2 })));
  expect(new Set(await Promise.all(running.map(({ requestId }) => workerOf(requestId))))).toEqual(
    new Set(['worker-1', 'worker-2']),
  );
  const fifth = await submit(1200, '00');
  await sleep(1_500);
  expect((await fleet.api.status(fifth.requestId)).State).toBe('queued');

  await Promise.all(running.map(({ requestId }) => fleet.api.stop(requestId)));
  for (const [index, { requestId }] of running.entries()) {
    const { Files } = await fleet.result(requestId);
    const file = fleet.localPath(Files[0]!);
    const { beeps } = await truthOf(file, frequencies[index]!);
    const own = await loudnessOf(file, frequencies[index]!);
    for (const other of frequencies.filter((freq) => freq !== frequencies[index]))
      expect(own).toBeGreaterThan(10 * (await loudnessOf(file, other)));
    expect(beeps.length).toBeGreaterThanOrEqual(1);
  }
  await fleet.capturing(fifth.requestId, { anchors: 1, seconds: 2 });
  await fleet.api.stop(fifth.requestId);
  expect((await fleet.result(fifth.requestId)).Files).toHaveLength(1);
}, 120_000);

test('a second recorder with the same app, room and UserId is refused while one runs', async () => {
  const { room, requestId } = await submit();
  await fleet.capturing(requestId);
  const again = fleet.request({ RoomId: room.id, UserId: 'recorder' });
  await expect(fleet.api.submit(again)).rejects.toThrow(/409.*RecorderAlreadyActive/);
  await fleet.api.stop(requestId);
  await fleet.result(requestId);
  const next = await fleet.api.submit(again);
  await fleet.api.stop(next);
  await fleet.result(next);
}, 60_000);

test('a repeated Idempotency-Key gives the first RequestId', async () => {
  const request = fleet.request({ RoomId: nextRoom().id, UserId: 'recorder' });
  const key = { 'idempotency-key': 'lesson-7' };
  const first = await fleet.api.submit(request, key);
  expect(await fleet.api.submit(request, key)).toBe(first);
  await fleet.api.stop(first);
  await fleet.result(first);
}, 60_000);
