import { expect, test } from '@jest/globals';
import { RETENTION_MS } from '../src/index.ts';
import { keepHouse } from '../src/housekeeping.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();
const callbacks = () => at.submitter.boardQueues()[1]!;
const endedAgo = async (queue: 'recordings' | 'callbacks', requestId: string, ms: number) => {
  const then = Date.now() - ms;
  await at.redis.client.zadd(`{trtc-recorder}:${queue}:completed`, then, requestId);
  await at.redis.client.hset(`{trtc-recorder}:${queue}:${requestId}`, 'finishedOn', then);
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
  await keepHouse(client, callbacks(), Date.now());

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
  // BullMQ itself removes old jobs when another ends.
  await ended();
  await keepHouse(client, callbacks(), Date.now());
  expect(await submit('http://127.0.0.1:9/second')).toEqual({ ...first, repeated: true });

  await endedAgo('callbacks', first.requestId, RETENTION_MS + 1_000);
  await keepHouse(client, callbacks(), Date.now());
  expect(await submit('http://127.0.0.1:9/second')).toEqual(first);
  await over(first.requestId);
  expect(told.filter((url) => url !== callback.url)).toEqual(['http://127.0.0.1:9/first', 'http://127.0.0.1:9/second']);
});
