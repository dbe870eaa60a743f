import { UnrecoverableError, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '@trtc-recorder/runtime';
import { CallbackPayloadSchema, callbackTimes, QUEUES, type CallbackPayload } from '../catalogue.ts';
import { saveData } from '../redis/fence.ts';
import { onceWritable } from '../redis/writable.ts';

export interface SeriesContext {
  readonly redis: Redis;
  readonly logger: Logger;
  /** How long a callback is tried after its first failure, ms. */
  readonly giveUpMs: number;
}

/**
 * The attempts of one callback from its first failure until it is delivered or given up. When that was lies in the job,
 * by Redis' clock; it goes with the end of the series, so that a replay has its whole time again.
 */
export class Series {
  readonly #job: Job;
  readonly #token: string;
  readonly #context: SeriesContext;
  #data: CallbackPayload;

  constructor(job: Job, token: string, context: SeriesContext) {
    this.#job = job;
    this.#token = token;
    this.#context = context;
    this.#data = CallbackPayloadSchema.parse(job.data);
  }

  get data(): CallbackPayload {
    return this.#data;
  }

  /** Writes to the job. False: another notifier has it. */
  async keep(change: Partial<CallbackPayload>): Promise<boolean> {
    const { redis, logger } = this.#context;
    const data = { ...this.#data, ...change };
    const run = {
      queue: QUEUES.callbacks,
      jobId: this.#job.id ?? '',
      token: this.#token,
      starts: this.#job.attemptsStarted,
    };
    const kept = await onceWritable(() => saveData(redis, run, callbackTimes.lockMs, data), { logger });
    if (kept) this.#data = data;
    return kept;
  }

  /** What is left of its time, ms; the first question begins it. */
  async leftMs(): Promise<number> {
    const { redis, logger, giveUpMs } = this.#context;
    const time = await onceWritable(() => redis.time(), { logger });
    const [seconds = 0, microseconds = 0] = time.map(Number);
    const now = seconds * 1_000 + Math.round(microseconds / 1_000);
    const { failingSince = now } = this.#data;
    if (this.#data.failingSince === undefined) await this.keep({ failingSince });
    return failingSince + giveUpMs - now;
  }

  async over(): Promise<void> {
    if (this.#data.failingSince !== undefined) await this.keep({ failingSince: undefined });
  }

  /** Its receiver has it. Nothing is done when another notifier has the job by now. */
  async delivered(result: unknown): Promise<void> {
    const complete = async (): Promise<void> => {
      if (await this.keep({ failingSince: undefined })) await this.#job.moveToCompleted(result, this.#token, false);
    };
    await onceWritable(complete, { logger: this.#context.logger });
  }

  /** Its time is over. */
  givenUp(reason: string): Promise<Error> {
    const hours = Math.round(this.#context.giveUpMs / 360_000) / 10;
    return this.refused(`${reason}; given up after ${hours} h`);
  }

  async refused(reason: string): Promise<Error> {
    await this.over();
    return new UnrecoverableError(reason);
  }
}
