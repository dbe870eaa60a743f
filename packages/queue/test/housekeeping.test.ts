import { expect, test } from '@jest/globals';
import { RETENTION_MS } from '../src/index.ts';
import { keepHouse } from '../src/housekeeping.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();
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
    const counts = await at.submitter.boardQueues()[1]?.getJobCounts('completed');
    return counts?.['completed'] === 2;
  });
  await worker.drain();
  const waiting = await at.submitter.submit(sample(), secrets, callback);

  // The old one ended more than 3 days ago.
  const then = Date.now() - RETENTION_MS - 60_000;
  for (const queue of ['recordings', 'callbacks']) {
    await client.zadd(`{trtc-recorder}:${queue}:completed`, then, old);
    await client.hset(`{trtc-recorder}:${queue}:${old}`, 'finishedOn', then);
  }
  await client.zadd('{trtc-recorder}:index', then, old);
  await keepHouse(client, at.submitter.boardQueues(), Date.now());

  expect(await client.keys(`*${old}*`)).toEqual([]);
  expect(await at.submitter.status(old)).toBeNull();
  expect((await at.submitter.list({ limit: 10 })).recordings.map(({ RequestId }) => RequestId).sort()).toEqual(
    [young, waiting.requestId].sort(),
  );
  // Only the recorder that has a recording is still known.
  expect(Object.values(await client.hgetall('{trtc-recorder}:recorders'))).toEqual([waiting.requestId]);
});
