import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sleep } from '@trtc-recorder/runtime';
import { truthOf, waitFor, type Truth } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';

// Workers without a share: what one has captured is on its own disk, and as copies in COS.
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ workers: 0 });
}, 240_000);
afterAll(() => fleet.stop(), 60_000);

const clip = { freq: 440, pattern: 'flash', gop: 1 } as const;

const diskOf = (name: string) => path.join(fleet.stack.dir, `disk-${name}`);
const startMachine = (name: string) => fleet.stack.startWorker(name, { WORK_DIR: diskOf(name), SPOOL_COPY: 'on' });
const workerOf = async (requestId: string) => (await fleet.api.status(requestId)).Worker;
const saidSoFar = async (requestId: string) => (await fleet.api.logs(requestId)).join('\n');
const copiesInBucket = async () => {
  const bucket = path.join(fleet.stack.filesDir, fleet.stack.bucket);
  const names = await readdir(bucket, { recursive: true }).catch(() => []);
  return names.filter((name) => /\.spool\/.+-\d{8}$/.test(name));
};
const cosFaults = (method: 'POST' | 'DELETE', rule?: object) =>
  fetch(`${fleet.stack.sandbox.http}/v1/cos/faults`, {
    method,
    ...(rule !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(rule) }),
  });

/** The pauses in a file's pictures, and when each began: seconds from the file's start. */
const pausesIn = ({ pictures }: Truth) => {
  const shown = pictures.filter(({ code }, index) => code?.number !== pictures[index - 1]?.code?.number);
  return shown.slice(1).map(({ at }, index) => ({ from: shown[index]!.at, length: at - shown[index]!.at }));
};

test('a machine is lost with its disk, the next one is drained: one file with what both had captured', async () => {
  const first = await startMachine('one');
  const room = { type: 'int' as const, id: 8101 };
  await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
  await cosFaults('POST', { fault: 'error', operation: 'PutObject', times: 1000 });
  const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: 'recorder', Mode: '02' }));
  await fleet.capturing(requestId, { anchors: 1, seconds: 6 });
  const refused = 'the spool cannot be copied now, the capture goes on';
  const isRefused = async () => (await saidSoFar(requestId)).includes(refused) || undefined;
  await waitFor('a copy to be refused', isRefused, { withinMs: 30_000 });
  expect(await copiesInBucket()).toEqual([]);
  await cosFaults('DELETE');
  await waitFor(
    'the copies to catch up',
    async () => (await saidSoFar(requestId)).includes('copied again') || undefined,
    {
      withinMs: 30_000,
    },
  );

  await sleep(3_000);
  const second = await startMachine('two');
  first.signal('SIGKILL');
  const lostAt = Date.now();
  await rm(diskOf('one'), { recursive: true });
  await waitFor('the second machine', async () => ((await workerOf(requestId)) === 'two' ? true : undefined), {
    withinMs: 40_000,
  });
  await sleep(6_000);
  const third = startMachine('three');
  await third;
  second.signal('SIGTERM');
  expect(await second.exited).toBe(0);
  await rm(diskOf('two'), { recursive: true });
  await waitFor('the third machine', async () => ((await workerOf(requestId)) === 'three' ? true : undefined), {
    withinMs: 20_000,
  });
  await sleep(5_000);
  await fleet.api.stop(requestId);

  const { Files, Reason } = await fleet.result(requestId);
  expect([Files.length, Reason]).toEqual([1, 'stopped']);
  const file = Files[0]!;
  // Of the first machine the last seconds are missing, and told; the second one copied all before it ended.
  expect(file.Message).toMatch(
    /^record success: of what was captured on another disk \(spool \w+\), nothing after \S+ is in the files$/,
  );
  const truth = await truthOf(fleet.localPath(file), clip.freq);
  expect(truth.errors).toBe('');
  const lostAtS = (lostAt - Date.parse(file.StartTime!)) / 1000;
  const pauses = pausesIn(truth);
  const lost = pauses.findLast(({ from }) => from < lostAtS);
  const later = pauses.filter(({ from }) => from > lost!.from);
  const handedOver = later.toSorted((a, b) => b.length - a.length)[0];
  const mediaLostMs = (lostAtS - lost!.from) * 1000;
  console.info(JSON.stringify({ mediaLostMs, pauseMs: lost!.length * 1000, handOverMs: handedOver!.length * 1000 }));
  expect(lost!.from + lost!.length).toBeGreaterThan(lostAtS + 1);
  expect(mediaLostMs).toBeLessThan(10_000);
  expect(lost!.from).toBeGreaterThan(5);
  expect(handedOver!.length).toBeLessThan(10);
  expect(fleet.receiver.received.filter(({ result }) => result.RequestId === requestId)).toHaveLength(1);
  expect(await copiesInBucket()).toEqual([]);
  expect(await readdir(diskOf('three'))).toEqual(['.delivered']);
}, 180_000);
