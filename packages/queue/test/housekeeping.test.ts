import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { RETENTION_MS } from '../src/index.ts';
import { keepHouse } from '../src/housekeeping.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();
const callbacks = () => at.submitter.boardQueues()[1]!;
const KEY = '{trtc-recorder}';
/** As if Redis had seen the end of this job so long ago. */
const endedAgo = async (queue: 'recordings' | 'callbacks', requestId: string, ms: number) => {
  const { client } = at.redis;
  await keepHouse(client);
  const [score = ''] = ((await client.hget(`${KEY}:ended-since:${queue}`, requestId)) ?? '').split(' ');
  const [seconds] = await client.time();
  await client.hset(`${KEY}:ended-since:${queue}`, requestId, `${score} ${Number(seconds) * 1000 - ms}`);
};
const ended = async () => {
  const { requestId } = await at.submitter.submit(sample(), secrets, callback);
  await at.reaches(requestId, 'done');
  return requestId;
};

test('after 3 days nothing is left of a recording; younger ones and those that run stay', async () => {
  const { client } = at.redis;
  await at.notifier(() => Promise.resolve());
  const worker = await at.worker((job) => Promise.resolve(resultFor(job.recording)));
  const [old, young] = [await ended(), await ended()];
  await until('both callbacks are over', async () => {
    const counts = await callbacks().getJobCounts('completed');
    return counts['completed'] === 2;
  });
  await worker.drain();
  const waiting = await at.submitter.submit(sample(), secrets, callback);

  // The old one ended more than 3 days ago.
  for (const queue of ['recordings', 'callbacks'] as const) await endedAgo(queue, old, RETENTION_MS + 60_000);
  await client.zadd('{trtc-recorder}:index', Date.now() - RETENTION_MS - 60_000, old);
  await keepHouse(client);

  expect(await client.keys(`*${old}*`)).toEqual([]);
  expect(await at.submitter.status(old)).toBeNull();
  expect((await at.submitter.list({ limit: 10 })).recordings.map(({ RequestId }) => RequestId).sort()).toEqual(
    [young, waiting.requestId].sort(),
  );
  // Only the recorder that has a recording is still known.
  expect(Object.values(await client.hgetall('{trtc-recorder}:recorders'))).toEqual([waiting.requestId]);
});

test('a recording stays as long as its callback, so that a key that is used again gives a new one of both', async () => {
  const { client } = at.redis;
  const told: string[] = [];
  await at.notifier(({ url }) => Promise.resolve(void told.push(url)));
  await at.worker((job) => Promise.resolve(resultFor(job.recording)));
  const submit = (url: string) => at.submitter.submit(sample(), secrets, { url }, 'key-of-long-ago');
  const over = async (requestId: string) => {
    await at.reaches(requestId, 'done');
    await until('its callback is over', async () => (await callbacks().getJobState(requestId)) === 'completed');
  };
  const first = await submit('http://127.0.0.1:9/first');
  await over(first.requestId);

  await endedAgo('recordings', first.requestId, RETENTION_MS + 1_000);
  await endedAgo('callbacks', first.requestId, RETENTION_MS - 60_000);
  await ended();
  await keepHouse(client);
  expect(await submit('http://127.0.0.1:9/second')).toEqual({ ...first, repeated: true });

  await endedAgo('callbacks', first.requestId, RETENTION_MS + 1_000);
  await keepHouse(client);
  expect(await submit('http://127.0.0.1:9/second')).toEqual(first);
  await over(first.requestId);
  expect(told.filter((url) => url !== callback.url)).toEqual(['http://127.0.0.1:9/first', 'http://127.0.0.1:9/second']);
});

describe('a process whose clock is wrong', () => {
  const HOURS = 3_600_000;
  const now = Date.now.bind(Date);
  afterEach(() => void jest.restoreAllMocks());
  const clockOff = (ms: number) => jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);

  test.each([80, -80, 24_000])('a notifier and a worker %d h off delete no results', async (hours) => {
    const worker = await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    const notifier = await at.notifier(() => Promise.resolve());
    const before = await over();
    await worker.kill();
    await notifier.kill();

    clockOff(hours * HOURS);
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    await at.notifier(() => Promise.resolve());
    const during = await over();
    await keepHouse(at.redis.client);
    await keepHouse(at.redis.client);
    for (const requestId of [before, during]) {
      expect(await at.submitter.status(requestId)).toMatchObject({ State: 'done' });
      expect(await callbacks().getJobState(requestId)).toBe('completed');
    }
  });

  test('3 days after the end nothing is left all the same', async () => {
    clockOff(80 * HOURS);
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    await at.notifier(() => Promise.resolve());
    const requestId = await over();
    for (const queue of ['recordings', 'callbacks'] as const) await endedAgo(queue, requestId, RETENTION_MS + 1_000);
    await keepHouse(at.redis.client);
    await keepHouse(at.redis.client);
    expect(await at.redis.client.keys(`*${requestId}*`)).toEqual([]);
    expect(await at.redis.client.hexists(`${KEY}:ended-since:recordings`, requestId)).toBe(0);
  });

  async function over(): Promise<string> {
    const requestId = await ended();
    await until('its callback is over', async () => (await callbacks().getJobState(requestId)) === 'completed');
    return requestId;
  }
});

test('a callback that is replayed is kept for another 3 days', async () => {
  await at.worker((job) => Promise.resolve(resultFor(job.recording)));
  await at.notifier(() => Promise.resolve());
  const requestId = await ended();
  const finished = async () => (await callbacks().getJob(requestId))?.finishedOn;
  await until('it was sent', async () => (await callbacks().getJobState(requestId)) === 'completed');
  const first = await finished();
  for (const queue of ['recordings', 'callbacks'] as const) await endedAgo(queue, requestId, RETENTION_MS + 1_000);
  expect(await at.submitter.retryCallback(requestId)).toBe('replayed');
  await until('it was sent again', async () => {
    const again = await finished();
    return again !== undefined && again !== first;
  });
  await keepHouse(at.redis.client);
  expect(await callbacks().getJobState(requestId)).toBe('completed');
  expect(await at.submitter.status(requestId)).toMatchObject({ State: 'done' });
});
