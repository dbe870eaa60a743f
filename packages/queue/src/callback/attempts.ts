import { RecordingResultSchema } from '@trtc-recorder/contracts';
import { toAppError, type Logger } from '@trtc-recorder/runtime';
import { DelayedError, UnrecoverableError, WaitingError, type Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { CallbackPayloadSchema, callbackTimes, QUEUES, type CallbackPayload } from '../catalogue.ts';
import { failureText } from '../errors.ts';
import { logLine } from '../log-line.ts';
import { saveData } from '../redis/fence.ts';
import { onceWritable } from '../redis/writable.ts';
import { eventIdOf } from '../result.ts';
import type { Sealer } from '../sealing.ts';
import type { Callback } from './callback.ts';
import { composeBody } from './compose.ts';

export interface AttemptsContext {
  readonly redis: Redis;
  readonly recordings: Queue;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

/** Until a callback whose key this notifier lacks is tried again, without an attempt counted, ms. */
const KEY_MISSING_MS = 60_000;

class Postponed extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('postponed');
    this.delayMs = delayMs;
  }
}

/** Makes attempts of the jobs BullMQ hands out, and tells BullMQ what became of each. */
export class Attempts {
  readonly #handle: (callback: Callback) => Promise<void>;
  readonly #context: AttemptsContext;
  #active = 0;

  constructor(handle: (callback: Callback) => Promise<void>, context: AttemptsContext) {
    this.#handle = handle;
    this.#context = context;
  }

  get active(): number {
    return this.#active;
  }

  /** BullMQ's processor. */
  async process(job: Job, token: string): Promise<unknown> {
    this.#active += 1;
    try {
      return await this.#attempt(job, token);
    } catch (error) {
      throw await this.#outcome(job, token, error);
    } finally {
      this.#active -= 1;
    }
  }

  async #attempt(job: Job, token: string): Promise<unknown> {
    const { redis, recordings, logger } = this.#context;
    const payload = CallbackPayloadSchema.parse(job.data);
    const { sealedUrl, origin } = payload;
    if (sealedUrl === undefined || origin === undefined) return { told: 'nobody: the request had no Callback' };
    const body = payload.body ?? (await composeBody(job, recordings, payload));
    if (payload.body === undefined) await keepBody({ redis, logger }, job, token, { ...payload, body });
    const url = this.#open(sealedUrl, payload.recording.requestId);
    await this.#handle(callbackOf(job, { url, origin, body }));
    return { postedAt: new Date().toISOString(), attempts: job.attemptsMade + 1 };
  }

  /** Errors: SealBroken; Postponed, when another notifier, or this one later, may have the key. */
  #open(sealedUrl: string, requestId: string): string {
    const { sealer, logger } = this.#context;
    try {
      return sealer.open(sealedUrl, requestId, 'callback-url');
    } catch (error) {
      if (toAppError(error).code !== 'SealKeyMissing') throw error;
      logger.error(
        { err: error, requestId },
        'a callback cannot be opened here; it waits for a notifier that has its key',
      );
      throw new Postponed(KEY_MISSING_MS);
    }
  }

  async #outcome(job: Job, token: string, error: unknown): Promise<Error> {
    if (error instanceof WaitingError) return error;
    if (error instanceof Postponed) {
      await job.moveToDelayed(Date.now() + error.delayMs, token);
      return new DelayedError();
    }
    const { code, retryable } = toAppError(error);
    const attempt = job.attemptsMade + 1;
    this.#context.logger.warn({ err: error, requestId: job.id, code, attempt }, 'a callback failed');
    return retryable ? new Error(failureText(error)) : new UnrecoverableError(failureText(error));
  }
}

/** Keeps the text before it is first sent. Without the lock, another notifier has the job: nothing is sent here. */
async function keepBody(
  { redis, logger }: Pick<AttemptsContext, 'redis' | 'logger'>,
  job: Job,
  token: string,
  data: CallbackPayload,
): Promise<void> {
  const run = { queue: QUEUES.callbacks, jobId: job.id ?? '', token, starts: job.attemptsStarted };
  const kept = await onceWritable(() => saveData(redis, run, callbackTimes.lockMs, data), { logger });
  if (!kept) throw new WaitingError();
}

const callbackOf = (job: Job, target: Pick<Callback, 'url' | 'origin' | 'body'>): Callback => {
  const result = RecordingResultSchema.parse(JSON.parse(target.body));
  return {
    ...target,
    requestId: result.RequestId,
    result,
    eventId: eventIdOf(result.RequestId),
    attempt: job.attemptsMade + 1,
    log: async (line) => {
      await job.log(logLine(line));
    },
    postpone: (delayMs) => Promise.reject(new Postponed(delayMs)),
  };
};
