import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openSpool } from '@trtc-recorder/media';
import {
  createCallbackWorker,
  createRecordingWorker,
  createSubmitter,
  type RecordingWorker,
} from '@trtc-recorder/queue';
import { silentLogger } from '@trtc-recorder/runtime';
import { startTestRedis } from '../../../packages/queue/test/helpers/redis.ts';
import { formCluster, productUrl, refusals, type Refusal } from '../../../packages/queue/test/helpers/refusals.ts';
import { callback, payloadKey, sample, secrets } from '../../../packages/queue/test/helpers/samples.ts';
import { until } from '../../../packages/queue/test/helpers/until.ts';
import type { RoomListener } from '../src/ports.ts';
import { record } from '../src/record.ts';
import { fakePorts } from './fakes.ts';

const logger = silentLogger();
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A room that goes on under the same number when it is dismissed: every join is another lesson's. */
class Room {
  readonly joined: RoomListener[] = [];

  dismiss(): void {
    this.joined.at(-1)?.onEvent({ type: 'kicked', at: Date.now(), reason: 'room_disband' });
  }
}

/** The product but for Chromium, ffmpeg and COS: its queue over a real Redis, its flow, its spools on a disk. */
async function product(settings?: Refusal['settings']) {
  const redis = await startTestRedis(settings);
  closing.push(() => redis.stop());
  const redisUrl = await productUrl(redis);
  if (settings !== undefined) await formCluster(redis);
  const root = await mkdtemp(path.join(tmpdir(), 'redis-refuses-'));
  closing.push(() => rm(root, { recursive: true, force: true }));
  const options = { redisUrl, payloadKeys: [payloadKey], logger };
  const submitter = createSubmitter(options);
  closing.push(() => submitter.close());
  await submitter.ready();
  const room = new Room();
  const ports = {
    ...fakePorts(),
    rooms: {
      join: (_: unknown, listener: RoomListener) => {
        room.joined.push(listener);
        listener.onEvent({ type: 'entered', at: Date.now() });
        return Promise.resolve({
          sharedFate: () => false,
          requestKeyFrame: () => undefined,
          leave: () => Promise.resolve(),
        });
      },
    },
    spools: { open: (requestId: string) => openSpool({ dir: path.join(root, requestId), logger }) },
  };
  let workers = 0;
  const startWorker = async (): Promise<RecordingWorker> => {
    const workerId = `worker-${(workers += 1)}`;
    const handle = (job: Parameters<typeof record>[0]) => record(job, ports, logger);
    const worker = await createRecordingWorker({ ...options, workerId, concurrency: 2, handle });
    closing.push(() => worker.kill());
    return worker;
  };
  const told: string[] = [];
  const notifier = await createCallbackWorker({
    ...options,
    handle: ({ result }) => Promise.resolve(void told.push(`${result.RequestId} ${result.Reason}`)),
  });
  closing.push(() => notifier.kill());
  const { requestId } = await submitter.submit(sample(), secrets, callback);
  const captures = async () => (await submitter.status(requestId))?.Progress?.Step === 'capture';
  const entries = async () => (await ports.spools.open(requestId)).journal();
  const hasEnded = async () => (await entries()).some(({ type }) => type === 'take-end');
  return { redis, submitter, room, startWorker, told, requestId, captures, hasEnded };
}

describe('Redis refuses as a room is dismissed, and the next lesson begins in it', () => {
  test.each(refusals)(
    '$name: nobody joins again, and the end is told once',
    async (refusal) => {
      const { redis, submitter, room, startWorker, told, requestId, captures, hasEnded } = await product(
        refusal.settings,
      );
      await startWorker();
      await startWorker();
      await until('it captures', captures);
      await refusal.begin(redis);
      room.dismiss();
      await until('its take has ended', hasEnded);
      // So long that a failed attempt would have come back by then.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await refusal.end(redis);
      await until('its end is told', () => told.length > 0, 40_000);
      expect(told).toEqual([`${requestId} room_disband`]);
      expect(room.joined).toHaveLength(1);
      expect(await submitter.status(requestId)).toMatchObject({ State: 'done', Attempts: 1 });
    },
    90_000,
  );

  const [changedPassword] = refusals as [Refusal, ...Refusal[]];
  const writesForbidden = refusals.find(({ reply }) => reply?.startsWith('ERR The user')) ?? changedPassword;

  test.each([
    ['is killed', changedPassword.name, 'kill', changedPassword],
    ['is killed', writesForbidden.name, 'kill', writesForbidden],
    ['crashes', writesForbidden.name, 'crash', writesForbidden],
  ] as const)(
    'and its worker %s meanwhile (%s): the next one makes the files and does not join',
    async (_what, _name, how, refusal) => {
      const { redis, room, startWorker, told, requestId, captures, hasEnded } = await product();
      const worker = await startWorker();
      await until('it captures', captures);
      await refusal.begin(redis);
      room.dismiss();
      await until('its take has ended', hasEnded);
      await worker[how]();
      await refusal.end(redis);
      await startWorker();
      await until('its end is told', () => told.length > 0, 60_000);
      expect(told).toEqual([`${requestId} room_disband`]);
      expect(room.joined).toHaveLength(1);
    },
    120_000,
  );
});
