import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Room } from '@trtc-recorder/contracts';
import { sleep } from '@trtc-recorder/runtime';
import { truthOf, waitFor } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';

// Several workers on one queue: they share the rooms, take over from each other, and lose nothing on the way.
const ROOMS_PER_WORKER = 2;
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ workers: 2, env: { worker: { ROOMS_PER_WORKER: String(ROOMS_PER_WORKER) } } });
}, 90_000);
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
const workerNamed = (name: string | undefined) => fleet.stack.workers.find((worker) => worker.name === name)!;

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
    const { beeps } = await truthOf(fleet.localPath(Files[0]!), frequencies[index]!);
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

describe('a worker goes away', () => {
  test('killed while it captures: another goes on in the same recording, with one callback and one file', async () => {
    const { requestId } = await submit();
    await fleet.capturing(requestId, { anchors: 1, seconds: 5 });
    const first = await workerOf(requestId);
    workerNamed(first).signal('SIGKILL');
    await waitFor('another worker', async () => ((await workerOf(requestId)) === first ? undefined : true), {
      withinMs: 40_000,
    });
    await sleep(6_000);
    await fleet.api.stop(requestId);
    const { Files, Reason } = await fleet.result(requestId);
    expect([Files.length, Reason]).toEqual([1, 'stopped']);
    const truth = await truthOf(fleet.localPath(Files[0]!), clip.freq);
    expect(truth.errors).toBe('');
    // Media from before and after the kill, the outage held in between.
    const gaps = truth.beeps.slice(1).map((at, index) => at - truth.beeps[index]!);
    expect(Math.max(...gaps)).toBeLessThan(15);
    expect(truth.beeps.length).toBeGreaterThanOrEqual(8);
    expect(fleet.receiver.received.filter(({ result }) => result.RequestId === requestId)).toHaveLength(1);
    await fleet.stack.startWorker(`${first!}-again`);
  }, 120_000);

  test('told to stop: it hands over at once, and no attempt is counted', async () => {
    const { requestId } = await submit();
    await fleet.capturing(requestId, { anchors: 1, seconds: 4 });
    const first = workerNamed(await workerOf(requestId));
    const next = fleet.stack.startWorker(`${first.name}-next`);
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
    await waitFor('another worker', async () => ((await workerOf(requestId)) === first.name ? undefined : true), {
      withinMs: 20_000,
    });
    await sleep(5_000);
    await fleet.api.stop(requestId);
    const { Files } = await fleet.result(requestId);
    expect(Files).toHaveLength(1);
    const { beeps, errors } = await truthOf(fleet.localPath(Files[0]!), clip.freq);
    const gaps = beeps.slice(1).map((at, index) => at - beeps[index]!);
    expect([errors, Math.max(...gaps) < 8]).toEqual(['', true]);
    expect((await fleet.api.status(requestId)).Attempts).toBe(1);
    await next;
  }, 120_000);

  test('its browser killed: the same recording goes on in a new one', async () => {
    const { requestId } = await submit();
    await fleet.capturing(requestId, { anchors: 1, seconds: 4 });
    const worker = workerNamed(await workerOf(requestId));
    await killBrowserOf(worker.pid);
    await sleep(6_000);
    await fleet.api.stop(requestId);
    const { Files, Reason } = await fleet.result(requestId);
    expect([Files.length, Reason]).toEqual([1, 'stopped']);
    const { beeps, errors } = await truthOf(fleet.localPath(Files[0]!), clip.freq);
    const gaps = beeps.slice(1).map((at, index) => at - beeps[index]!);
    expect([errors, Math.max(...gaps) < 7]).toEqual(['', true]);
  }, 120_000);
});

/** Kills the Chromium (the browser process) that a worker started, by its pid. */
async function killBrowserOf(workerPid: number): Promise<void> {
  const { readdir, readFile } = await import('node:fs/promises');
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent === workerPid && /\((?:chromium|chrome)/.test(stat)) process.kill(Number(pid), 'SIGKILL');
  }
}
