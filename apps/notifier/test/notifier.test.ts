import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RecordingResultSchema } from '@trtc-recorder/contracts';
import { createRecordingWorker, createSubmitter, type Submitter } from '@trtc-recorder/queue';
import { loadConfig, silentLogger } from '@trtc-recorder/runtime';
import { freePort, startTestRedis, type TestRedis } from '../../../packages/queue/test/helpers/redis.ts';
import { resultFor, sample } from '../../../packages/queue/test/helpers/samples.ts';
import { until } from '../../../packages/queue/test/helpers/until.ts';
import { startNotifier, type Notifier } from '../src/app.ts';
import { ConfigSchema } from '../src/config.ts';
import { startAwkward, startReceiver, type Receiver } from './receiver.ts';

const logger = silentLogger();
const payloadKey = randomBytes(32).toString('base64');
let redis: TestRedis;
let submitter: Submitter;
let worker: { kill(): Promise<void> };
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
  const shared = { redisUrl: redis.url, payloadKeys: [payloadKey], logger };
  submitter = createSubmitter(shared);
  await submitter.ready();
  worker = await createRecordingWorker({
    ...shared,
    workerId: 'w',
    concurrency: 20,
    handle: (job) => Promise.resolve(resultFor(job.recording)),
  });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await worker.kill();
  await submitter.close();
  await redis.stop();
});

const notifier = async (env: Record<string, string> = {}): Promise<Notifier> => {
  const base = { REDIS_URL: redis.url, PAYLOAD_KEY: payloadKey, CALLBACK_TIMEOUT_MS: '10000' };
  const app = await startNotifier(loadConfig(ConfigSchema, { ...base, ...env }), logger);
  closing.push(() => app.kill());
  return app;
};
const receiver = async (answer: Parameters<typeof startReceiver>[0]): Promise<Receiver> => {
  const server = await startReceiver(answer);
  closing.push(() => server.close());
  return server;
};
const record = async (url: string) => (await submitter.submit(sample(), { userSig: 's' }, { url })).requestId;
const callbackJob = async (requestId: string) => submitter.boardQueues()[1]?.getJob(requestId);
const inState = (requestId: string, state: string) =>
  until(`the callback is ${state}`, async () => (await (await callbackJob(requestId))?.getState()) === state);
const logsOf = async (requestId: string) => (await submitter.boardQueues()[1]?.getJobLogs(requestId))?.logs.join('\n');

describe('the result of a recording', () => {
  test('is POSTed once, as the contract has it', async () => {
    const server = await receiver((response) => response.end('{"code":0}'));
    await notifier();
    const requestId = await record(server.url);
    await inState(requestId, 'completed');
    expect(server.received).toHaveLength(1);
    const [{ method, headers, body }] = server.received as [Receiver['received'][number]];
    expect(method).toBe('POST');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-event-id': `${requestId}.ended`,
    });
    expect(headers).not.toHaveProperty('x-signature');
    expect(RecordingResultSchema.parse(JSON.parse(body))).toMatchObject({ RequestId: requestId, Reason: 'banned' });
    expect(await logsOf(requestId)).toMatch(/attempt 1 to http:\/\/127\.0\.0\.1:\d+: answered 200 after \d+ ms/);
  });

  test('is counted, and the metrics name neither the receiver nor the recording', async () => {
    const server = await receiver((response, count) => {
      response.statusCode = count === 1 ? 200 : 410;
      response.end();
    });
    const port = await freePort();
    await notifier({ METRICS_PORT: String(port) });
    const told = await record(server.url);
    await inState(told, 'completed');
    await inState(await record(server.url), 'failed');
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('trtc_recorder_callback_posts_total{outcome="delivered"} 1');
    expect(text).toContain('trtc_recorder_callback_posts_total{outcome="gone"} 1');
    expect(text).toMatch(/^trtc_recorder_callbacks_given_up [1-9]/m);
    for (const name of [told, new URL(server.url).host]) expect(text).not.toContain(name);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  test('is signed when a key is configured', async () => {
    const server = await receiver((response) => response.end());
    await notifier({ CALLBACK_SIGNING_KEYS: '1400000000:the-key' });
    await inState(await record(server.url), 'completed');
    const [{ headers, body }] = server.received as [Receiver['received'][number]];
    const [, t = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-signature'])) ?? [];
    expect(v1).toBe(createHmac('sha256', 'the-key').update(`${t}.${body}`).digest('hex'));
    expect(Math.abs(Date.now() / 1000 - Number(t))).toBeLessThan(60);
  });

  test.each([200, 201, 204, 299])('is delivered by %i', async (status) => {
    const server = await receiver((response) => response.writeHead(status).end());
    await notifier();
    await inState(await record(server.url), 'completed');
  });

  test.each([301, 400, 401, 404, 429, 500, 503])('is tried again after %i, with the same bytes', async (status) => {
    const server = await receiver((response, count) => response.writeHead(count === 1 ? status : 200).end());
    await notifier();
    const requestId = await record(server.url);
    await inState(requestId, 'delayed');
    await submitter.retryCallback(requestId);
    await inState(requestId, 'completed');
    expect(server.received).toHaveLength(2);
    expect(server.received[1]?.body).toBe(server.received[0]?.body);
    expect(server.received[1]?.headers['x-event-id']).toBe(server.received[0]?.headers['x-event-id']);
    expect((await callbackJob(requestId))?.attemptsMade).toBe(2);
  });

  test('is given up after 410', async () => {
    const server = await receiver((response) => response.writeHead(410).end());
    await notifier();
    const requestId = await record(server.url);
    await inState(requestId, 'failed');
    expect(server.received).toHaveLength(1);
    expect((await callbackJob(requestId))?.failedReason).toContain('CallbackGone');
  });

  test('goes to a URL with a login, which is shown nowhere', async () => {
    const server = await receiver((response, count) => response.writeHead(count === 1 ? 500 : 200).end());
    await notifier();
    const url = `${server.url.replace('http://', 'http://user:SECRETPASS@')}?token=SECRETTOKEN`;
    const requestId = await record(url);
    await inState(requestId, 'delayed');
    expect(server.received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('user:SECRETPASS').toString('base64')}`,
    );
    expect(JSON.stringify(await callbackJob(requestId))).not.toContain('SECRET');
    expect(await logsOf(requestId)).not.toContain('SECRET');
  });

  test('to a URL that cannot be called counts its attempt, and keeps no place from others', async () => {
    const server = await receiver((response) => response.end());
    await notifier({ CALLBACK_PARALLEL_PER_RECEIVER: '1' });
    // The API refuses it; one that was accepted before may still be there.
    const broken = await record(server.url.replace('http://', 'http://user:50%off@'));
    await inState(broken, 'delayed');
    expect(await callbackJob(broken)).toMatchObject({
      attemptsMade: 1,
      failedReason: expect.stringMatching(/URI malformed \(InternalError\)/),
    });
    expect(await logsOf(broken)).toMatch(/attempt 1 to http:\/\/127\.0\.0\.1:\d+: .*URI malformed/);
    await inState(await record(server.url), 'completed');
    expect(server.received).toHaveLength(1);
  });

  test('to the metadata address of a cloud is never sent', async () => {
    await notifier();
    const requestId = await record('http://169.254.0.23/latest/meta-data/');
    await inState(requestId, 'failed');
    expect((await callbackJob(requestId))?.failedReason).toContain('link-local');
  });
});

describe('one dead receiver', () => {
  test('does not hold up the others, and gets everything once it is back', async () => {
    const held = new Set<Socket>();
    let dead = true;
    const answer = (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    const hanging = await startAwkward((socket) => {
      if (dead) held.add(socket);
      else answer(socket);
    });
    closing.push(() => hanging.close());
    const alive = await receiver((response) => response.end());
    // Fewer places than callbacks for the dead one: without its share it would occupy them all, for a minute.
    const share = { CALLBACK_PARALLEL: '4', CALLBACK_PARALLEL_PER_RECEIVER: '2' };
    await notifier({ ...share, CALLBACK_TIMEOUT_MS: '60000' });
    const waiting = await Promise.all(Array.from({ length: 12 }, () => record(hanging.url)));
    await until('the dead one has its share', () => held.size === 2);
    const others = await Promise.all(Array.from({ length: 6 }, () => record(alive.url)));
    await Promise.all(others.map((id) => inState(id, 'completed')));
    expect(held.size).toBe(2);

    dead = false;
    held.forEach(answer);
    await until(
      'all have arrived',
      async () => {
        const states = await Promise.all(waiting.map(async (id) => (await callbackJob(id))?.getState()));
        // Only those that wait for their next attempt: a replay of one that has arrived would send it again.
        const delayed = waiting.filter((_, index) => states[index] === 'delayed');
        for (const id of delayed) await submitter.retryCallback(id).catch(() => undefined);
        return states.every((state) => state === 'completed');
      },
      60_000,
    );
  }, 90_000);
});

describe('one broken path of a host', () => {
  test.each<[string, number, (response: ServerResponse) => void]>([
    ['answers 500', 5, (response) => response.writeHead(500).end()],
    ['answers 503 and asks for an hour', 1, (response) => response.writeHead(503, { 'retry-after': '3600' }).end()],
    ['answers nothing', 5, () => undefined],
    ['closes without an answer', 5, (response) => response.destroy()],
  ])('that %s does not hold up another', async (_, often, breakDown) => {
    const well: string[] = [];
    const server = await receiver((response, count) => {
      const { url = '' } = server.received[count - 1] ?? {};
      if (url.startsWith('/broken')) {
        breakDown(response);
        return;
      }
      well.push(url);
      response.end();
    });
    await notifier({ CALLBACK_REST_MS: '3600000', CALLBACK_TIMEOUT_MS: '1000' });
    const broken = new URL('/broken', server.url).href;
    await Promise.all(Array.from({ length: 12 }, () => record(broken)));
    await until('it has failed often', () => server.received.filter(({ url }) => url === '/broken').length >= often);
    const others = await Promise.all([1, 2, 3].map((index) => record(new URL(`/well-${index}`, server.url).href)));
    await Promise.all(others.map((id) => inState(id, 'completed')));
    expect(well.sort()).toEqual(['/well-1', '/well-2', '/well-3']);
    // What is broken is left alone meanwhile: those that were let through together, and no more.
    expect(server.received.filter(({ url }) => url === '/broken').length).toBeLessThanOrEqual(8);
  });
});

test.each([429, 503])(
  'a receiver that answers %i with Retry-After is left alone by all its callbacks',
  async (status) => {
    const server = await receiver((response) => response.writeHead(status, { 'retry-after': '1800' }).end());
    await notifier({ CALLBACK_PARALLEL_PER_RECEIVER: '2' });
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => record(`${server.url}?id=${index}`)));
    for (const id of ids) await inState(id, 'delayed');
    expect(server.received.length).toBeLessThanOrEqual(4);
    const delays = await Promise.all(ids.map(async (id) => (await callbackJob(id))?.delay ?? 0));
    // Those that came while the first were under way wait a second for their place.
    expect(Math.max(...delays)).toBeGreaterThan(1_700_000);
    await until('all wait for the receiver', async () =>
      (await Promise.all(ids.map(async (id) => (await callbackJob(id))?.delay ?? 0))).every(
        (delay) => delay > 1_700_000,
      ),
    );
    expect(server.received.length).toBeLessThanOrEqual(4);
  },
);

test('a notifier that drains finishes what is under way, and takes no more', async () => {
  const server = await receiver((response) => void setTimeout(() => response.end(), 300));
  const app = await notifier();
  const requestId = await record(server.url);
  await until('it arrived', () => server.received.length === 1);
  await app.drain();
  expect(app.active()).toBe(0);
  expect(await (await callbackJob(requestId))?.getState()).toBe('completed');
});
