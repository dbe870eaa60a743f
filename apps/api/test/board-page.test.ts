import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCallbackWorker, createRecordingWorker } from '@trtc-recorder/queue';
import { silentLogger } from '@trtc-recorder/runtime';
import { resultFor } from '../../../packages/queue/test/helpers/samples.ts';
import { until } from '../../../packages/queue/test/helpers/until.ts';
import { api, payloadKey, request, userSig } from './helpers.ts';

const at = api();
let url = '';
let profile = '';
beforeAll(async () => {
  url = await at.app.listen({ host: '127.0.0.1', port: 0 });
  profile = await mkdtemp(path.join(tmpdir(), 'board-'));
});
afterAll(() => rm(profile, { recursive: true, force: true }));

interface NetEvent {
  readonly params?: { readonly initiator?: string; readonly url?: string };
}

/** A page as a real Chromium shows it once its scripts have run, and every host that it wanted to reach. */
async function shown(page: string): Promise<{ text: string; hosts: string[] }> {
  const netLog = path.join(profile, 'net.json');
  const args = [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    ...['--disable-component-update', '--disable-features=OptimizationHints,MediaRouter'],
    ...[`--user-data-dir=${profile}`, `--log-net-log=${netLog}`, '--virtual-time-budget=8000', '--dump-dom'],
    `${url}${page}`,
  ];
  const chromium = process.env['CHROMIUM_PATH'] ?? 'chromium';
  const { stdout } = await promisify(execFile)(chromium, args, { maxBuffer: 2 ** 26 });
  const { events } = JSON.parse(await readFile(netLog, 'utf8')) as { events: NetEvent[] };
  // Of the page itself; the browser's own traffic has no origin.
  const requested = events.flatMap(({ params: { initiator = '', url: to = '' } = {} }) =>
    initiator.startsWith('http') && to !== '' ? [new URL(to).hostname] : [],
  );
  return {
    text: stdout.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, '\n'),
    hosts: [...new Set(requested)],
  };
}

test('the page has nothing of other hosts, and may not fetch it', async () => {
  const answer = await at.app.inject('/admin/queues');
  expect(answer.body).not.toMatch(/(?:href|src)="?(?:https?:)?\/\//);
  expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  const assets = [...answer.body.matchAll(/(?:href|src)="?(static\/[^" >]+)/g)].map(([, asset = '']) => asset);
  expect(assets.length).toBeGreaterThan(2);
  for (const asset of assets) {
    const { statusCode, body } = await at.app.inject(`/admin/queues/${asset}`);
    expect([asset, statusCode]).toEqual([asset, 200]);
    if (asset.endsWith('.css')) expect(body).not.toMatch(/url\(["']?https?:|@import/);
  }
});

test('in Chromium, jobs are named by app, room and user, and only what works is offered', async () => {
  const named = request({ UserId: 'user_board', UserSig: userSig('user_board'), Callback: 'http://127.0.0.1:9/' });
  const send = (body: object) => at.app.inject({ method: 'POST', url: '/v1/recordings', payload: body });
  const { RequestId } = (await send(named)).json<{ RequestId: string }>();
  const shared = { redisUrl: at.redis.url, payloadKeys: [payloadKey], logger: silentLogger() };
  const worker = await createRecordingWorker({
    ...shared,
    workerId: 'w',
    concurrency: 1,
    handle: (job) => Promise.resolve(resultFor(job.recording)),
  });
  const notifier = await createCallbackWorker({ ...shared, handle: () => Promise.resolve() });
  const state = async () => await at.submitter.boardQueues()[1]?.getJobState(RequestId);
  await until('its callback is sent', async () => (await state()) === 'completed');
  await worker.kill();
  await notifier.kill();

  const name = '1400000000/43474/user_board';
  const recordings = await shown('/admin/queues/queue/recordings?status=completed');
  expect(recordings.text).toContain(name);
  const callbacks = await shown('/admin/queues/queue/callbacks?status=completed');
  expect(callbacks.text).toContain(name);
  expect(callbacks.text).toContain('send again');
  for (const { text, hosts } of [recordings, callbacks]) {
    expect(text).not.toMatch(/Clean all|Retry all|Add job|Pause|Obliterate/i);
    expect(hosts).toEqual(['127.0.0.1']);
  }

  const page = await shown(`/admin/queues/replay/${RequestId}`);
  expect(page.text).toContain('Send it again');
  // As a form posts it.
  const replay = await at.app.inject({
    method: 'POST',
    url: `/v1/recordings/${RequestId}/callback/replay`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: '',
  });
  expect(replay.statusCode).toBe(202);
  expect(await state()).toBe('waiting');
}, 60_000);

test('a string room is told from an integer room', async () => {
  const payload = request({ RoomId: undefined, StrRoomId: '43474' });
  const { RequestId } = (await at.app.inject({ method: 'POST', url: '/v1/recordings', payload })).json<{
    RequestId: string;
  }>();
  const job = (await at.app.inject(`/admin/queues/api/queues/recordings/${RequestId}`)).json<{
    job: { name: string };
  }>();
  expect(job.job.name).toBe(`1400000000/"43474"/${String(payload['UserId'])}`);
});
