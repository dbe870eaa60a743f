import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';
import { freePort } from '../../packages/queue/test/helpers/redis.ts';

const run = promisify(execFile);

// Two workers on one share. The way of the first one to it, its ffmpeg and its Chromium can be broken.
let fleet: Fleet;
let port: number;
beforeAll(async () => {
  fleet = await startFleet({ workers: 0 });
  port = await freePort();
  await mkdir(share());
  await link('work', share());
  await script('ffmpeg', `exec ${fleet.stack.tools.ffmpeg} "$@"`);
}, 240_000);
afterAll(() => fleet.stop(), 60_000);

const at = (name: string): string => path.join(fleet.stack.dir, name);
const share = (): string => at('share');
const link = (name: string, target: string) => symlink(target, at(name));
const script = async (name: string, text: string): Promise<void> => {
  await writeFile(at(name), `#!/bin/sh\n${text}\n`);
  await chmod(at(name), 0o755);
};
const startBreakable = (env: Record<string, string> = {}) =>
  fleet.stack.startWorker('breakable', {
    WORK_DIR: at('work'),
    FFMPEG_PATH: at('ffmpeg'),
    SPOOL_COPY: 'off',
    METRICS_PORT: String(port),
    ...env,
  });
const startHealthy = () => fleet.stack.startWorker('healthy', { WORK_DIR: share(), SPOOL_COPY: 'off' });

const get = async (page: string) => {
  const response = await fetch(`http://127.0.0.1:${port}/${page}`);
  return { status: response.status, text: await response.text() };
};
const ready = (status: number, reason: RegExp) =>
  waitFor(
    `readyz ${status}`,
    async () => {
      const found = await get('readyz');
      return found.status === status && reason.test(found.text) ? true : undefined;
    },
    { withinMs: 60_000 },
  );
const workerIs = (requestId: string, worker: string) =>
  waitFor(`${worker} to have it`, async () => (await fleet.api.status(requestId)).Worker === worker || undefined, {
    withinMs: 90_000,
  });
const record = async (id: number) => {
  const room = { type: 'int' as const, id };
  await fleet.sandbox.addAnchors(room, { userId: 'anna', clip: { freq: 440, pattern: 'flash', gop: 1 } });
  return fleet.api.submit(fleet.request({ RoomId: id, UserId: 'recorder', Mode: '02' }));
};
const lines = (what: string) =>
  fleet.lines.filter((line) => line.startsWith('[breakable]') && line.includes(what)).length;

test('a share that is away on one worker, then its ffmpeg: no recording fails, no attempt is counted', async () => {
  await startBreakable();
  const first = await record(9101);
  await fleet.capturing(first, { anchors: 1, seconds: 5 });
  const healthy = await startHealthy();

  await rm(at('work'));
  await workerIs(first, 'healthy');
  await ready(503, /WORK_DIR=.*ENOENT/);
  expect((await get('metrics')).text).toContain('trtc_recorder_worker_health{check="directory"} 0');
  const more = [await record(9102), await record(9103)];
  for (const requestId of more) {
    await fleet.capturing(requestId, { anchors: 1, seconds: 2 });
    expect(await fleet.api.status(requestId)).toMatchObject({ Worker: 'healthy', Attempts: 1 });
  }
  await link('work', share());
  await ready(200, /ok/);
  expect((await get('metrics')).text).toContain('trtc_recorder_worker_health{check="directory"} 1');
  expect([lines('a health check failed'), lines('a health check passes again')]).toEqual([1, 1]);
  for (const requestId of [first, ...more]) {
    await fleet.api.stop(requestId);
    const { Files, Reason } = await fleet.result(requestId);
    expect([Reason, Files.map(({ Status }) => Status)]).toEqual(['stopped', [1]]);
    expect((await fleet.api.status(requestId)).Attempts).toBe(1);
  }

  healthy.signal('SIGTERM');
  expect(await healthy.exited).toBe(0);
  const last = await record(9104);
  await fleet.capturing(last, { anchors: 1, seconds: 5 });
  await script('ffmpeg', 'exit 1');
  await fleet.api.stop(last);
  await waitFor(
    'its status to name the cause',
    async () => /worker breakable cannot go on: /.test((await fleet.api.status(last)).Message ?? '') || undefined,
    { withinMs: 60_000 },
  );
  await ready(503, /FFMPEG_PATH=/);
  await startHealthy();
  const { Files } = await fleet.result(last);
  expect(Files.map(({ Status }) => Status)).toEqual([1]);
  expect(await fleet.api.status(last)).toMatchObject({ Worker: 'healthy', Attempts: 1 });
}, 400_000);

test('a Chromium that dies and does not start again: the recording goes on in the other worker', async () => {
  for (const worker of fleet.stack.workers) {
    worker.signal('SIGTERM');
    await worker.exited;
  }
  await script('ffmpeg', `exec ${fleet.stack.tools.ffmpeg} "$@"`);
  await script('chromium', `exec ${fleet.stack.tools.chromium || '/usr/bin/chromium'} "$@"`);
  const breakable = await startBreakable({ CHROMIUM_PATH: at('chromium'), SPARE_BROWSER: 'no' });
  const requestId = await record(9201);
  await fleet.capturing(requestId, { anchors: 1, seconds: 5 });
  await startHealthy();

  await script('chromium', 'echo no display >&2; exit 1');
  const { stdout } = await run('pgrep', ['-P', String(breakable.pid)]);
  for (const pid of stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  await workerIs(requestId, 'healthy');
  await ready(503, /Chromium did not start: no display/);
  await script('chromium', `exec ${fleet.stack.tools.chromium || '/usr/bin/chromium'} "$@"`);
  await ready(200, /ok/);
  await fleet.capturing(requestId, { anchors: 1, seconds: 8 });
  await fleet.api.stop(requestId);
  const { Files, Reason } = await fleet.result(requestId);
  expect([Reason, Files.map(({ Status }) => Status)]).toEqual(['stopped', [1]]);
  expect(await fleet.api.status(requestId)).toMatchObject({ Worker: 'healthy', Attempts: 1 });
}, 400_000);
