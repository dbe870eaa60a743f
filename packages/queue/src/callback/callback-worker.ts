import type { Logger } from '@trtc-recorder/runtime';
import { Queue, Worker } from 'bullmq';
import { callbackTimes, KEY_PREFIX, QUEUES } from '../catalogue.ts';
import { depthOf, type Depth } from '../depth.ts';
import { startHousekeeping } from '../housekeeping.ts';
import { connectForWork } from '../redis/connect-for-work.ts';
import { createSealer } from '../sealing.ts';
import { within } from '../within.ts';
import { Attempts } from './attempts.ts';
import { callbackDelay } from './backoff.ts';
import type { Callback } from './callback.ts';
import { FailedAttempt } from './failed-attempt.ts';

export interface CallbackWorkerOptions {
  readonly redisUrl: string;
  readonly payloadKeys: readonly string[];
  readonly allowEviction?: boolean;
  /** POSTs at once. */
  readonly concurrency?: number;
  /** How long a callback is tried after its first failure, ms. */
  readonly giveUpMs?: number;
  readonly logger: Logger;
  /** Resolves when the receiver has it. An AppError that is not retryable gives the callback up. */
  handle(callback: Callback): Promise<void>;
}

export interface CallbackWorker {
  /** Takes no more, lets what is under way finish, closes. */
  drain(): Promise<void>;
  kill(): Promise<void>;
  active(): number;
  /** Callbacks that wait, are under way, and were given up, whichever notifier has them. */
  depth(): Promise<Depth>;
  /** Whether Redis answers. */
  connected(): boolean;
}

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_GIVE_UP_MS = 86_400_000;
const KILL_WITHIN_MS = 1_000;

/** Takes callbacks from the queue. Resolves when it does. Error: InvalidConfiguration when Redis doesn't suit. */
export async function createCallbackWorker(options: CallbackWorkerOptions): Promise<CallbackWorker> {
  const { logger } = options;
  const sealer = createSealer(options.payloadKeys);
  const { redis, skipVersionCheck } = await connectForWork('trtc-recorder-notifier', sealer, options);
  const connection = { connection: redis, prefix: KEY_PREFIX, skipVersionCheck };
  const recordings = new Queue(QUEUES.recordings, connection);
  const callbacks = new Queue(QUEUES.callbacks, connection);
  const { giveUpMs = DEFAULT_GIVE_UP_MS } = options;
  const context = { redis, recordings, sealer, logger, giveUpMs };
  const attempts = new Attempts((callback) => options.handle(callback), context);
  const worker = new Worker(QUEUES.callbacks, (job, token = '') => attempts.process(job, token), {
    ...connection,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    lockDuration: callbackTimes.lockMs,
    lockRenewTime: callbackTimes.lockRenewMs,
    stalledInterval: callbackTimes.stalledCheckMs,
    // A notifier that is killed again and again is no reason to give a callback up.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    drainDelay: 1,
    runRetryDelay: 1_000,
    settings: {
      backoffStrategy: (attemptsMade, _type, error) =>
        error instanceof FailedAttempt ? error.delayMs : callbackDelay(attemptsMade),
    },
  });
  const report = (error: unknown) => logger.warn({ err: error }, 'the queue reports');
  for (const queue of [recordings, callbacks]) queue.on('error', report);
  worker.on('error', report);
  await worker.waitUntilReady();
  const stopHousekeeping = startHousekeeping(redis, logger);

  const close = async (force: boolean): Promise<void> => {
    stopHousekeeping();
    await worker.close(force);
    await Promise.all([recordings.close(), callbacks.close()]);
  };
  const ended = () => redis.disconnect();
  return {
    drain: () => close(false).finally(ended),
    kill: () => within(KILL_WITHIN_MS, close(true)).finally(ended),
    active: () => attempts.active,
    depth: () => depthOf(callbacks),
    connected: () => redis.status === 'ready',
  };
}
