import { RecordingResultSchema } from '@trtc-recorder/contracts';
import { askedRestMs, toAppError } from '@trtc-recorder/runtime';
import { DelayedError, WaitingError, type Job, type Queue } from 'bullmq';
import { failureText } from '../errors.ts';
import { logLine } from '../log-line.ts';
import { onceWritable } from '../redis/writable.ts';
import { eventIdOf } from '../result.ts';
import type { Sealer } from '../sealing.ts';
import { callbackDelay } from './backoff.ts';
import type { Callback } from './callback.ts';
import { composeBody } from './compose.ts';
import { FailedAttempt } from './failed-attempt.ts';
import { Series, type SeriesContext } from './series.ts';

export interface AttemptsContext extends SeriesContext {
  readonly recordings: Queue;
  readonly sealer: Sealer;
}

/** Until a callback whose key this notifier lacks is tried again, without an attempt counted, ms. */
const KEY_MISSING_MS = 60_000;

class Postponed extends Error {
  readonly delayMs: number;
  readonly resting: boolean;
  constructor(delayMs: number, resting: boolean) {
    super('postponed');
    this.delayMs = delayMs;
    this.resting = resting;
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

  /**
   * BullMQ's processor. It rejects always: BullMQ would leave a delivered callback whose end Redis refuses for now, and
   * another notifier would send it again.
   */
  async process(job: Job, token: string): Promise<never> {
    this.#active += 1;
    const series = new Series(job, token, this.#context);
    try {
      await series.delivered(await this.#attempt(job, series));
      throw new WaitingError();
    } catch (error) {
      throw await this.#outcome(job, token, error, series);
    } finally {
      this.#active -= 1;
    }
  }

  async #attempt(job: Job, series: Series): Promise<unknown> {
    const { sealedUrl, origin } = series.data;
    if (sealedUrl === undefined || origin === undefined) return { told: 'nobody: the request had no Callback' };
    const { recordings, logger } = this.#context;
    const compose = () => composeBody(job, recordings, series.data);
    const body = series.data.body ?? (await onceWritable(compose, { logger }));
    // Kept before it is first sent. Without the lock, another notifier has the job: nothing is sent here.
    if (series.data.body === undefined && !(await series.keep({ body }))) throw new WaitingError();
    const url = this.#open(sealedUrl, series.data.recording.requestId);
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
      throw new Postponed(KEY_MISSING_MS, false);
    }
  }

  async #outcome(job: Job, token: string, error: unknown, series: Series): Promise<Error> {
    if (error instanceof WaitingError) return error;
    if (error instanceof Postponed) {
      // A receiver that rests has failed: waiting for it is part of the time it is given.
      const leftMs = error.resting ? await series.leftMs() : Infinity;
      if (leftMs <= 0) return series.givenUp(job.failedReason || 'the receiver failed');
      const delayed = () => job.moveToDelayed(Date.now() + Math.min(error.delayMs, leftMs), token);
      await onceWritable(delayed, { logger: this.#context.logger });
      return new DelayedError();
    }
    const failure = toAppError(error);
    const { code, retryable } = failure;
    const attempt = job.attemptsMade + 1;
    this.#context.logger.warn({ err: error, requestId: job.id, code, attempt }, 'a callback failed');
    if (!retryable) return series.refused(failureText(error));
    const leftMs = await series.leftMs();
    if (leftMs <= 0) return series.givenUp(failureText(error));
    // The last attempt is made when the time is over, however long the waits have grown.
    return new FailedAttempt(
      failureText(error),
      Math.min(Math.max(callbackDelay(attempt), askedRestMs(failure)), leftMs),
    );
  }
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
    postpone: (delayMs, { resting }) => Promise.reject(new Postponed(delayMs, resting)),
  };
};
