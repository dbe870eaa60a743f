import { afterEach, describe, expect, test } from '@jest/globals';
import type { RecordingResult, RecordingStatus } from '@trtc-recorder/contracts';
import { createRecordingWorker, type RecordingJob } from '@trtc-recorder/queue';
import { silentLogger } from '@trtc-recorder/runtime';
import { resultFor } from '../../../packages/queue/test/helpers/samples.ts';
import { until } from '../../../packages/queue/test/helpers/until.ts';
import { api, payloadKey, request } from './helpers.ts';

const at = api();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const work = async (handle: (job: RecordingJob) => Promise<RecordingResult>) => {
  const options = { redisUrl: at.redis.url, payloadKeys: [payloadKey], concurrency: 2, logger: silentLogger() };
  const worker = await createRecordingWorker({ ...options, workerId: 'w1', handle });
  closing.push(() => worker.kill());
};
const submit = async (change: Record<string, unknown> = {}) =>
  (await at.app.inject({ method: 'POST', url: '/v1/recordings', payload: request(change) })).json<{
    RequestId: string;
  }>().RequestId;
const status = async (id: string) => (await at.app.inject(`/v1/recordings/${id}`)).json<RecordingStatus>();
const stop = (id: string) => at.app.inject({ method: 'POST', url: `/v1/recordings/${id}/stop` });

describe('a recording', () => {
  test('can be followed, stopped, and read afterwards', async () => {
    await work(async (job) => {
      await job.log('join: in the room');
      await job.progress({ Step: 'capture', Anchors: 1, Seconds: 2, Bytes: 3, Files: 0, Converted: 0, Uploaded: 0 });
      while (!job.stopRequested) await new Promise((resolve) => setTimeout(resolve, 20));
      return resultFor(job.recording, { Reason: 'stopped', Message: 'record success: stopped' });
    });
    const id = await submit();
    await until('progress', async () => (await status(id)).Progress?.Anchors === 1);
    expect(await status(id)).toMatchObject({ RequestId: id, State: 'running', Worker: 'w1', Mode: '02' });

    const stopped = await stop(id);
    expect(stopped.statusCode).toBe(202);
    expect(stopped.json()).toEqual({ RequestId: id, Message: 'Stop requested' });
    await until('done', async () => (await status(id)).State === 'done');
    expect((await status(id)).Result).toMatchObject({ Reason: 'stopped', RequestId: id });
    const logs = await at.app.inject(`/v1/recordings/${id}/logs`);
    expect(logs.json()).toEqual({ RequestId: id, Lines: [expect.stringContaining('join: in the room')] });
  });

  test('is stopped with or without a JSON body', async () => {
    const id = await submit();
    const url = `/v1/recordings/${id}/stop`;
    const headers = { 'content-type': 'application/json' };
    for (const payload of ['', '{}'])
      expect((await at.app.inject({ method: 'POST', url, headers, payload })).statusCode).toBe(202);
  });

  test('is found in the list and counted by its state', async () => {
    const id = await submit({ SdkAppId: 1400000000, RoomId: 998 });
    const page = await at.app.inject('/v1/recordings?SdkAppId=1400000000&RoomId=998&State=queued&Limit=5');
    expect(page.json()).toMatchObject({ Recordings: [{ RequestId: id, State: 'queued' }] });
    const before = (await at.app.inject('/v1/statistics')).json<{ Queued: number }>();
    await submit();
    expect((await at.app.inject('/v1/statistics')).json()).toEqual({ ...before, Queued: before.Queued + 1 });
    const first = (await at.app.inject('/v1/recordings?Limit=1')).json<{ Recordings: unknown[]; Cursor: string }>();
    const second = await at.app.inject(`/v1/recordings?Limit=1&Cursor=${first.Cursor}`);
    expect(second.json<{ Recordings: unknown[] }>().Recordings).not.toEqual(first.Recordings);
  });

  test('has its callback replayed only once it has one to send', async () => {
    const replay = (id: string) => at.app.inject({ method: 'POST', url: `/v1/recordings/${id}/callback/replay` });
    const without = await submit();
    expect((await replay(without)).statusCode).toBe(404);
    const withCallback = await submit({ Callback: 'http://127.0.0.1:9/' });
    const answer = await replay(withCallback);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ Message: expect.stringContaining('not due') });
  });
});
