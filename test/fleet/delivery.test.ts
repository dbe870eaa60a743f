import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ResultFile } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { waitFor } from '@trtc-recorder/stack';
import { createObjectStore, staticCredentials } from '@trtc-recorder/tencent';
import { startFleet, type Fleet } from './fleet.ts';

// What happens to files on their way to COS: it goes away, or their worker dies. One place in the only worker.
const hold = path.join(tmpdir(), `trtc-recorder-hold-${process.pid}`);
const ffmpeg = `${hold}.sh`;
let fleet: Fleet;
beforeAll(async () => {
  // ffmpeg itself, but it waits while the file is there, and ends with the worker that started it.
  const waits = `while [ -e ${hold} ]; do touch ${hold}.begun; kill -0 $PPID || exit 1; sleep 0.1; done`;
  await writeFile(ffmpeg, `#!/bin/sh\n${waits}\nexec ffmpeg "$@"\n`);
  await chmod(ffmpeg, 0o755);
  const delivery = { UPLOAD_RETRY_FIRST_MS: '300', COS_PART_SIZE_MB: '1', ROOMS_PER_WORKER: '1', FFMPEG_PATH: ffmpeg };
  fleet = await startFleet({ env: { worker: delivery } });
}, 240_000);
afterAll(async () => {
  await fleet.stop();
  for (const file of [hold, `${hold}.begun`, ffmpeg]) await rm(file, { force: true });
}, 60_000);

let rooms = 9000;
const record = async (): Promise<{ room: number; requestId: string }> => {
  const room = (rooms += 1);
  // Enough for an upload in several parts of 1 MiB.
  const clip = { pattern: 'flash', gop: 1, width: 1280, height: 720, kbps: 8_000 } as const;
  await fleet.sandbox.addAnchors({ type: 'int', id: room }, { userId: 'anna', clip });
  return { room, requestId: await again(room) };
};
const again = (room: number) => fleet.api.submit(fleet.request({ RoomId: room, UserId: 'recorder', Mode: '02' }));
const stopAfter = async (requestId: string, seconds: number) => {
  await fleet.capturing(requestId, { anchors: 1, seconds });
  await fleet.api.stop(requestId);
};

/** Everything of one recording in the bucket, and what lies there unfinished. */
async function inBucket(room: number, requestId: string): Promise<{ objects: string[]; unfinished: number }> {
  const { bucket, region, filesDir, keys, sandbox } = fleet.stack;
  const objects = await readdir(path.join(filesDir, bucket, 'trtc', String(room), requestId)).catch(() => []);
  const store = createObjectStore({
    endpoint: { ip: new URL(sandbox.cos).host, protocol: 'http:' },
    partSize: 1_048_576,
    concurrency: 1,
    requestTimeoutMs: 10_000,
    logger: silentLogger(),
  });
  const access = { bucket, region, prefix: `trtc/${room}/${requestId}/`, credentials: staticCredentials(keys.cloud) };
  return { objects: objects.sort(), unfinished: await store.abortUploads(access) };
}

const expectOneFile = async (room: number, requestId: string, files: readonly ResultFile[]) => {
  expect(files).toMatchObject([{ UserId: 'anna', Status: 1, Message: 'record success' }]);
  const { objects, unfinished } = await inBucket(room, requestId);
  expect(objects).toEqual([path.basename(fleet.localPath(files[0]!)), 'timeline.json']);
  expect(unfinished).toBe(0);
};

test('COS goes away: the delivery waits in the queue, another recording takes the place, and all is delivered', async () => {
  const { room, requestId } = await record();
  await fleet.capturing(requestId, { anchors: 1, seconds: 3 });
  await fleet.sandbox.cosFault({ fault: 'error', status: 503, times: 1_000_000 });
  await fleet.api.stop(requestId);
  const waiting = await waitFor(
    'the delivery to wait',
    async () => {
      const status = await fleet.api.status(requestId);
      // The next round begins by looking what is converted.
      return status.NextTryAt === undefined || status.Progress?.Converted !== 1 ? undefined : status;
    },
    { withinMs: 60_000 },
  );
  expect(waiting).toMatchObject({
    State: 'queued',
    Progress: { Step: 'upload', Converted: 1, Uploaded: 0 },
    Message: expect.stringMatching(/^delivery waits, after \d+ failed rounds?: COS answered 503/),
  });
  // The same recorder in the same room, in the only place there is.
  const next = await again(room);
  await stopAfter(next, 3);
  const segments = await readdir(path.join(fleet.stack.dir, 'spools', requestId));
  expect(segments.filter((name) => name.endsWith('.mkv')).length).toBeGreaterThanOrEqual(2);
  await fleet.sandbox.cosFault(null);
  for (const id of [requestId, next]) await expectOneFile(room, id, (await fleet.result(id)).Files);
  expect(await readdir(path.join(fleet.stack.dir, 'spools'))).toEqual(['.delivered']);
  expect(await fleet.api.status(requestId)).toMatchObject({ State: 'done', Attempts: 1 });
}, 180_000);

describe('the worker is killed', () => {
  const steps: { step: string; before(): Promise<void>; reached(): Promise<boolean>; after(): Promise<void> }[] = [
    {
      step: 'while it converts',
      before: () => writeFile(hold, ''),
      reached: async () => (await readdir(tmpdir())).includes(path.basename(`${hold}.begun`)),
      after: () => rm(hold),
    },
    {
      step: 'while it uploads the second part',
      before: () =>
        fleet.sandbox.cosFault({ fault: 'stall', operation: 'UploadPart', after: 1, times: 99, ms: 600_000 }),
      reached: async () => (await fleet.sandbox.cosFaults()).some(({ struck }) => struck > 0),
      after: () => fleet.sandbox.cosFault(null),
    },
  ];
  test.each(steps)(
    '$step: another goes on, with one file and nothing left behind',
    async ({ before, reached, after }) => {
      const { room, requestId } = await record();
      await fleet.capturing(requestId, { anchors: 1, seconds: 3 });
      await before();
      await fleet.api.stop(requestId);
      await waitFor('the step', async () => ((await reached()) ? true : undefined), { withinMs: 60_000 });
      const dying = fleet.stack.workers.at(-1)!;
      dying.signal('SIGKILL');
      await dying.exited;
      await after();
      await fleet.stack.startWorker(`${dying.name}-again`);
      await expectOneFile(room, requestId, (await fleet.result(requestId)).Files);
    },
    180_000,
  );
});
