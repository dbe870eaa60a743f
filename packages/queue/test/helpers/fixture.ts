import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { RecordingResult } from '@trtc-recorder/contracts';
import {
  createCallbackWorker,
  createRecordingWorker,
  createSubmitter,
  type Callback,
  type CallbackWorker,
  type RecordingJob,
  type RecordingWorker,
  type Submitter,
} from '../../src/index.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { logger, payloadKey } from './samples.ts';
import { until } from './until.ts';

type Handle = (job: RecordingJob) => Promise<RecordingResult>;

export interface WorkerSettings {
  readonly workerId?: string;
  readonly concurrency?: number;
  /** Another way to the same Redis. */
  readonly redisUrl?: string;
}

/** A Redis, a submitter and as many workers and notifiers as a test starts; ended after each test and file. */
export interface Fixture {
  readonly redis: TestRedis;
  readonly submitter: Submitter;
  worker(handle: Handle, settings?: WorkerSettings): Promise<RecordingWorker>;
  notifier(handle: (callback: Callback) => Promise<void>, settings?: { giveUpMs?: number }): Promise<CallbackWorker>;
  /** Registers something to be closed after the test. */
  closing(close: () => Promise<void>): void;
  /** Waits until the recording is in `state`. */
  reaches(requestId: string, state: 'queued' | 'running' | 'done' | 'failed', withinMs?: number): Promise<void>;
}

export function fixture(): Fixture {
  let redis: TestRedis;
  let submitter: Submitter;
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    redis = await startTestRedis();
    submitter = createSubmitter({ redisUrl: redis.url, payloadKeys: [payloadKey], logger });
    await submitter.ready();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await submitter.close();
    await redis.stop();
  });
  return {
    get redis() {
      return redis;
    },
    get submitter() {
      return submitter;
    },
    closing: (close) => void closing.push(close),
    worker: async (handle, { workerId = 'w1', concurrency = 4, redisUrl = redis.url } = {}) => {
      const options = { redisUrl, payloadKeys: [payloadKey], concurrency, logger, workerId, handle };
      const worker = await createRecordingWorker(options);
      closing.push(() => worker.kill());
      return worker;
    },
    notifier: async (handle, settings = {}) => {
      const options = { redisUrl: redis.url, payloadKeys: [payloadKey], logger, handle };
      const notifier = await createCallbackWorker({ ...options, ...settings });
      closing.push(() => notifier.kill());
      return notifier;
    },
    reaches: async (requestId, state, withinMs) => {
      const there = async () => (await submitter.status(requestId))?.State === state;
      await until(`${requestId} is ${state}`, there, withinMs);
    },
  };
}
