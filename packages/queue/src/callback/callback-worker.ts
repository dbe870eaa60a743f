import { RecordingResultSchema, type RecordingResult } from '@trtc-recorder/contracts';
import { AppError, toAppError, type Logger } from '@trtc-recorder/runtime';
import { DelayedError, Queue, UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { CallbackPayloadSchema, callbackTimes, KEY_PREFIX, QUEUES, type CallbackPayload } from '../catalogue.ts';
import { failureText } from '../errors.ts';
import { connectForWork } from '../redis/connect-for-work.ts';
import { saveData } from '../redis/fence.ts';
import { eventIdOf } from '../result.ts';
import { createSealer, type Sealer } from '../sealing.ts';
import { callbackDelay } from './backoff.ts';
import { composeBody } from './compose.ts';

/** One attempt to POST the result of one recording. */
export interface Callback {
  readonly requestId: string;
  readonly url: string;
  /** Scheme, host and port: what may be shown and logged of the URL. */
  readonly origin: string;
  readonly result: RecordingResult;
  /** `result` as it is to be sent: the same bytes in every attempt. */
  readonly body: string;
  /** The same in every attempt: a receiver knows a repetition by it. */
  readonly eventId: string;
  /** 1 for the first. */
  readonly attempt: number;
  log(line: string): Promise<void>;
  /** Gives the callback back for `delayMs` without counting an attempt: rejects always; let that pass. */
  postpone(delayMs: number): Promise<never>;
}

export interface CallbackWorkerOptions {
  readonly redisUrl: string;
  readonly payloadKeys: readonly string[];
  readonly allowEviction?: boolean;
  /** POSTs at once. */
  readonly concurrency?: number;
  readonly logger: Logger;
  /** Resolves when the receiver has it. An AppError that is not retryable gives the callback up. */
  handle(callback: Callback): Promise<void>;
}

export interface CallbackWorker {
  /** Takes no more, lets what is under way finish, closes. */
  drain(): Promise<void>;
  kill(): Promise<void>;
  active(): number;
}

class Postponed extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('postponed');
    this.delayMs = delayMs;
  }
}

const DEFAULT_CONCURRENCY = 64;

/** Takes callbacks from the queue. Resolves when it does. Error: InvalidConfiguration when Redis doesn't suit. */
export async function createCallbackWorker(options: CallbackWorkerOptions): Promise<CallbackWorker> {
  const { logger } = options;
  const sealer = createSealer(options.payloadKeys);
  const redis = await connectForWork('trtc-recorder-notifier', options);
  const connection = { connection: redis, prefix: KEY_PREFIX, skipVersionCheck: true };
  const recordings = new Queue(QUEUES.recordings, connection);
  recordings.on('error', () => undefined);
  let active = 0;

  const process = async (job: Job, token = ''): Promise<unknown> => {
    active += 1;
    try {
      return await attempt(job, token);
    } catch (error) {
      throw await outcome(job, token, error, logger);
    } finally {
      active -= 1;
    }
  };

  const attempt = async (job: Job, token: string) => {
    const payload = CallbackPayloadSchema.parse(job.data);
    const body = payload.body ?? (await composeBody(job, recordings, payload));
    if (payload.body === undefined) await keepBody(redis, job, token, { ...payload, body });
    await options.handle(callbackOf(job, payload, body, sealer));
    return { postedAt: new Date().toISOString(), attempts: job.attemptsMade + 1 };
  };

  const worker = new Worker(QUEUES.callbacks, process, {
    ...connection,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    lockDuration: callbackTimes.lockMs,
    lockRenewTime: callbackTimes.lockRenewMs,
    stalledInterval: callbackTimes.stalledCheckMs,
    // A notifier that is killed again and again is no reason to give a callback up.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    drainDelay: 1,
    runRetryDelay: 1_000,
    settings: { backoffStrategy: (attemptsMade) => callbackDelay(attemptsMade) },
  });
  worker.on('error', (error) => logger.warn({ err: error }, 'the queue reports'));
  await worker.waitUntilReady();

  const close = async (force: boolean): Promise<void> => {
    await worker.close(force);
    await recordings.close();
    redis.disconnect();
  };
  return { drain: () => close(false), kill: () => close(true), active: () => active };
}

/** Keeps the text before it is first sent. */
async function keepBody(redis: Redis, job: Job, token: string, data: CallbackPayload): Promise<void> {
  const run = { queue: QUEUES.callbacks, jobId: job.id ?? '', token, starts: job.attemptsStarted };
  if (!(await saveData(redis, run, callbackTimes.lockMs, data))) throw new WaitingError();
}

const callbackOf = (job: Job, payload: CallbackPayload, body: string, sealer: Sealer): Callback => {
  const { requestId } = payload.recording;
  return {
    requestId,
    url: sealer.open(payload.sealedUrl, requestId, 'callback-url'),
    origin: payload.origin,
    result: RecordingResultSchema.parse(JSON.parse(body)),
    body,
    eventId: eventIdOf(requestId),
    attempt: job.attemptsMade + 1,
    log: async (line) => {
      await job.log(`${new Date().toISOString()} ${line}`);
    },
    postpone: (delayMs) => Promise.reject(new Postponed(delayMs)),
  };
};

async function outcome(job: Job, token: string, error: unknown, logger: Logger): Promise<Error> {
  if (error instanceof WaitingError) return error;
  if (error instanceof Postponed) {
    await job.moveToDelayed(Date.now() + error.delayMs, token);
    return new DelayedError();
  }
  const { code, retryable } = error instanceof AppError ? error : toAppError(error);
  logger.warn({ err: error, requestId: job.id, code, attempt: job.attemptsMade + 1 }, 'a callback failed');
  return retryable ? new Error(failureText(error)) : new UnrecoverableError(failureText(error));
}
