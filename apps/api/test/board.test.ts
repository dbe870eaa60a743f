import { afterEach, describe, expect, test } from '@jest/globals';
import { createCallbackWorker, createRecordingWorker } from '@trtc-recorder/queue';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import { resultFor } from '../../../packages/queue/test/helpers/samples.ts';
import { until } from '../../../packages/queue/test/helpers/until.ts';
import { api, payloadKey, request } from './helpers.ts';

const at = api();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const board = (path: string, method: 'GET' | 'PUT' | 'POST' = 'GET') =>
  at.app.inject({ method, url: `/admin/queues${path}`, ...(method !== 'GET' && { payload: {} }) });

describe('Bull Board', () => {
  test('shows the queues with their jobs, and no secret', async () => {
    const sent = await at.app.inject({
      method: 'POST',
      url: '/v1/recordings',
      payload: request({
        Callback: 'http://caller:SECRETPASS@127.0.0.1:9/hook?token=SECRETTOKEN',
        CosConfig: {
          Region: 'ap-shanghai',
          Bucket: 'test-123456789',
          Path: '/trtc',
          SecretId: 'SECRETID',
          SecretKey: 'SECRETKEY',
          SessionToken: 'SECRETSESSION',
        },
        BackupCosConfig: {
          Region: 'ap-guangzhou',
          Bucket: 'backup-123456789',
          SecretId: 'SECRETBACKUPID',
          SecretKey: 'SECRETBACKUPKEY',
        },
      }),
    });
    const { RequestId } = sent.json<{ RequestId: string }>();
    const shared = { redisUrl: at.redis.url, payloadKeys: [payloadKey], logger: silentLogger() };
    const worker = await createRecordingWorker({
      ...shared,
      workerId: 'worker-7',
      concurrency: 1,
      handle: (job) => Promise.resolve(resultFor(job.recording)),
    });
    const handle = () => Promise.reject(new AppError('CallbackRejected', 'the receiver answered 500'));
    const notifier = await createCallbackWorker({ ...shared, handle });
    closing.push(
      () => worker.kill(),
      () => notifier.kill(),
    );
    await until('the callback was tried', async () =>
      (await board('/api/queues/callbacks/' + RequestId)).body.includes('500'),
    );

    const pages = [
      '',
      '/api/queues?activeQueue=recordings&status=latest',
      '/api/queues?activeQueue=callbacks&status=latest',
      `/api/queues/recordings/${RequestId}`,
      `/api/queues/recordings/${RequestId}/logs`,
      `/api/queues/recordings/${RequestId}/flow`,
      `/api/queues/callbacks/${RequestId}`,
      `/api/queues/callbacks/${RequestId}/flow`,
      '/api/redis/stats',
    ];
    let all = '';
    for (const page of pages) {
      const answer = await board(page);
      expect([page, answer.statusCode]).toEqual([page, 200]);
      all += answer.body;
    }
    expect(all).toContain(RequestId);
    expect(all).toContain('worker-7');
    expect(all).toContain('"sealed":"[sealed]"');
    expect(all).toContain('"origin":"http://127.0.0.1:9"');
    expect(all).not.toContain('SECRET');
    expect(all).not.toMatch(/"s1\./);
    expect(at.log()).not.toContain('SECRET');
  });

  test.each([
    ['PUT', '/api/queues/recordings/pause'],
    ['PUT', '/api/queues/recordings/empty'],
    ['PUT', '/api/queues/recordings/obliterate'],
    ['PUT', '/api/queues/callbacks/pause'],
    ['PUT', '/api/queues/callbacks/empty'],
    ['PUT', '/api/queues/callbacks/clean/completed'],
    ['PUT', '/api/queues/pause'],
    ['PUT', '/api/queues/recordings/x/retry/failed'],
    ['PUT', '/api/queues/recordings/x/clean'],
    ['POST', '/api/queues/recordings/add'],
    ['POST', '/api/queues/callbacks/add'],
    ['PUT', '/api/queues/callbacks/x/update-data'],
  ] as const)('does not let anybody %s %s', async (method, path) => {
    const answer = await board(path, method);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ Error: { Code: 'NotFound' } });
  });

  test('sends a callback again', async () => {
    const payload = request({ Callback: 'http://127.0.0.1:9/' });
    const sent = await at.app.inject({ method: 'POST', url: '/v1/recordings', payload });
    const { RequestId } = sent.json<{ RequestId: string }>();
    const shared = { redisUrl: at.redis.url, payloadKeys: [payloadKey], logger: silentLogger() };
    const posted: string[] = [];
    const worker = await createRecordingWorker({
      ...shared,
      workerId: 'w',
      concurrency: 1,
      handle: (job) => Promise.resolve(resultFor(job.recording)),
    });
    const notifier = await createCallbackWorker({
      ...shared,
      handle: ({ requestId }) => Promise.resolve(void posted.push(requestId)),
    });
    closing.push(
      () => worker.kill(),
      () => notifier.kill(),
    );
    const times = () => posted.filter((id) => id === RequestId).length;
    await until('it was sent', () => times() === 1);
    const again = () => board(`/api/queues/callbacks/${RequestId}/retry`, 'PUT');
    await until('it may be retried', async () => (await again()).statusCode === 204);
    await until('it is sent again', () => times() === 2);
  });
});
