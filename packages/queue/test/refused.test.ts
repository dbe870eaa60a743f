import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createCallbackWorker, createRecordingWorker, createSubmitter, type RecordingJob } from '../src/index.ts';
import { startTestRedis, type TestRedis } from './helpers/redis.ts';
import { productUrl, refusals, type Refusal } from './helpers/refusals.ts';
import { callback, logger, payloadKey, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const started = async () => {
  const redis = await startTestRedis();
  closing.push(() => redis.stop());
  const options = { redisUrl: await productUrl(redis), payloadKeys: [payloadKey], logger };
  const submitter = createSubmitter(options);
  closing.push(() => submitter.close());
  await submitter.ready();
  const startWorker = async (handle: Parameters<typeof createRecordingWorker>[0]['handle']) => {
    const worker = await createRecordingWorker({ ...options, workerId: 'w', concurrency: 1, handle });
    closing.push(() => worker.kill());
    return worker;
  };
  return { redis, submitter, options, startWorker };
};

const named = (reply: string): Refusal => {
  const refusal = refusals.find((one) => one.reply?.startsWith(reply));
  if (refusal === undefined) throw new Error(`no refusal is called ${reply}`);
  return refusal;
};
const REPLIES = ['WRONGPASS', 'NOPERM', 'ERR The user executing', 'OOM', 'READONLY'];

test.each(REPLIES)(
  'a worker that drains while Redis says %s hands over what Redis does not know',
  async (reply) => {
    const { begin, end } = named(reply);
    const { redis, submitter, startWorker } = await started();
    const runs: RecordingJob[] = [];
    const first = await startWorker(async (job) => {
      runs.push(job);
      await job.save({ step: 'capture', takes: 1 });
      await begin(redis);
      await job.save({ step: 'transcode', reason: 'room_disband' });
      throw new Error('not reached: the save waits, and ends with the run');
    });
    const { requestId } = await submitter.submit(sample(), secrets);
    const { signal } = await until('it has ended', () => runs.find(({ state }) => state.step === 'transcode'));
    first.drain().catch(() => undefined);
    if (!signal.aborted) await once(signal, 'abort');
    await end(redis);
    const states: RecordingJob['state'][] = [];
    await startWorker((job) => {
      states.push(job.state);
      return Promise.resolve(resultFor(job.recording));
    });
    await until(
      'it is done',
      async () => (await submitter.status(requestId).catch(() => null))?.State === 'done',
      30_000,
    );
    expect(states).toMatchObject([{ step: 'transcode', reason: 'room_disband' }]);
    expect(await submitter.status(requestId)).toMatchObject({ Attempts: 1 });
  },
  40_000,
);

test.each(REPLIES)(
  'a callback that is delivered as Redis says %s is sent once',
  async (reply) => {
    const { begin, end } = named(reply);
    const { redis, submitter, options, startWorker } = await started();
    await startWorker((job) => Promise.resolve(resultFor(job.recording)));
    let sent = 0;
    const notifier = await createCallbackWorker({
      ...options,
      handle: async () => {
        sent += 1;
        if (sent === 1) await begin(redis);
      },
    });
    closing.push(() => notifier.kill());
    await submitter.submit(sample(), secrets, callback);
    await until('it is sent', () => sent > 0, 30_000);
    await refusedOnce(redis);
    await end(redis);
    const completed = async () => (await submitter.depths().catch(() => null))?.callbacks.completed === 1;
    await until('its end is kept', completed, 60_000);
    expect(sent).toBe(1);
  },
  60_000,
);

/** Waits until Redis has refused something more: the end of the attempt is among what it is told again and again. */
async function refusedOnce({ client }: TestRedis): Promise<void> {
  const errors = async () => Number(/total_error_replies:(\d+)/.exec(await client.info('stats'))?.[1] ?? 0);
  const before = await errors();
  await until('it refuses', async () => (await errors()) > before + 5, 30_000);
}
