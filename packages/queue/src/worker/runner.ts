import { RecordingResultSchema, type RecordingResult } from '@trtc-recorder/contracts';
import { AppError, toAppError } from '@trtc-recorder/runtime';
import { UnrecoverableError, WaitingError, type Job } from 'bullmq';
import { crashLimits } from '../catalogue.ts';
import { failureText } from '../errors.ts';
import { stoppedBeforeItBegan } from '../result.ts';
import { moveJob, type Ending } from './ending.ts';
import type { Forgotten } from './forgotten.ts';
import { Interruption, type InterruptionKind } from './interruption.ts';
import type { RecordingJob } from './recording-job.ts';
import { isInRoom, isUntouched } from '../recording.ts';
import { claimRecorder } from '../redis/recorder-guard.ts';
import { onceWritable } from '../redis/writable.ts';
import { terminated } from '../terminated.ts';
import { createRun, type RecordingRun, type RunContext } from './run.ts';

interface Running {
  readonly bullJob: Job;
  readonly token: string;
  readonly run: RecordingRun;
  readonly settled: Promise<unknown>;
  /** Resolves when its ending is with Redis; since one is known. */
  concluded?: Promise<void>;
}

/** What a worker does with the jobs it is given: see RecordingWorkerOptions. */
export interface Taking {
  handle(job: RecordingJob): Promise<RecordingResult>;
  /** Asked before a recording is begun. False: it goes back to the queue, for another worker. */
  admits(): boolean;
  /** Whether this worker takes no jobs now: one that was fetched already goes back at once. */
  isClosed(): boolean;
}

/** Until a recording whose key this worker lacks is given out again, ms: others with the key find it first. */
const KEY_MISSING_MS = 10_000;

/** For errors that a further attempt can't mend, whatever the catalogue says in general. */
const final = { retryable: false };

/** Runs the flow for the jobs BullMQ hands out, and moves each to where it belongs then. */
export class Runner {
  readonly #context: RunContext;
  readonly #running = new Map<string, Running>();
  readonly #taking: Taking;
  readonly #forgotten: Pick<Forgotten, 'putBack'>;
  #stopping: InterruptionKind | null = null;

  constructor(taking: Taking, forgotten: Pick<Forgotten, 'putBack'>, context: RunContext) {
    this.#taking = taking;
    this.#forgotten = forgotten;
    this.#context = context;
  }

  get active(): number {
    return this.#running.size;
  }

  /**
   * BullMQ's processor. It rejects always, which tells BullMQ that the job has been moved: it must be known here whether
   * Redis took the ending, or had forgotten the recording meanwhile.
   */
  async process(bullJob: Job, token: string): Promise<never> {
    const id = bullJob.id ?? '';
    // A run of the same job that lost its lock may still be closing its take.
    await this.#running.get(id)?.settled.catch(() => undefined);
    const run = this.#open(bullJob, token);
    if (this.#stopping !== null) run.interrupt(this.#stopping);
    const settled = this.#work(run);
    const running: Running = { bullJob, token, run, settled };
    this.#running.set(id, running);
    const ending = await settled.then(
      (result): Ending => ({ kind: 'done', result }),
      (error: unknown) => this.#endingAfter(run, error),
    );
    run.end();
    await this.#conclude(running, ending);
    // Not earlier: who kills the worker has to know of what is still being told to Redis.
    if (this.#running.get(id) === running) this.#running.delete(id);
    throw new WaitingError();
  }

  /** BullMQ could not renew these jobs' locks. */
  async locksExpired(ids: readonly string[]): Promise<void> {
    const runs = ids.flatMap((id) => this.#running.get(id)?.run ?? []);
    await Promise.all(runs.map((run) => run.lockExpired()));
  }

  /** Ends all runs, and those that still come. Resolves when every flow has let go. */
  async interruptAll(kind: 'drain' | 'kill' | 'crash'): Promise<void> {
    this.#stopping = kind;
    await this.#interrupt(kind);
  }

  /** The same for the runs there are now, because the machine can't go on with them. */
  async handOver(): Promise<void> {
    await this.#interrupt('out-of-service');
  }

  async #interrupt(kind: InterruptionKind): Promise<void> {
    const all = [...this.#running.values()];
    for (const { run } of all) run.interrupt(kind);
    await Promise.allSettled(all.map(({ settled }) => settled));
  }

  /** The flows of a killed worker may never let go: their jobs go back all the same. */
  async forceBack(): Promise<void> {
    const all = [...this.#running.values()];
    await Promise.allSettled(all.map((running) => this.#conclude(running, { kind: 'given-back', delayMs: 0 })));
  }

  #open(bullJob: Job, token: string): RecordingRun {
    try {
      return createRun(bullJob, token, this.#context);
    } catch (error) {
      this.#context.logger.error({ err: error, requestId: bullJob.id }, 'the job cannot be opened');
      throw asJobFailure(error);
    }
  }

  async #work({ job, learnOrders }: RecordingRun): Promise<RecordingResult> {
    job.signal.throwIfAborted();
    if (this.#taking.isClosed()) await job.handBack(0);
    await learnOrders();
    job.signal.throwIfAborted();
    await this.#refuseSecond(job);
    if (job.crashes > crashLimits.fatal)
      throw new AppError('InternalError', `it took its worker down ${job.crashes} times`, final);
    const untouched = isUntouched(job.state);
    if (untouched && job.stopRequested) return stoppedBeforeItBegan(job.recording);
    if (untouched && !this.#taking.admits()) await job.handBack();
    const result = RecordingResultSchema.parse(await this.#taking.handle(job));
    job.signal.throwIfAborted();
    return result;
  }

  /**
   * The last barrier before a room: whatever went wrong at submission, a recorder isn't in a room twice. A recording that
   * lost its recorder to another while Redis had forgotten it ends there, and what was captured is delivered.
   */
  async #refuseSecond(job: RecordingJob): Promise<void> {
    const { recording, state, signal } = job;
    if (!isInRoom(state)) return;
    const { redis, logger } = this.#context;
    const holder = await onceWritable(() => claimRecorder(redis, recording), { logger, signal });
    if (holder === null) return;
    const why = `recording ${holder} has the same recorder`;
    if (isUntouched(state)) throw new AppError('RecorderAlreadyActive', why, final);
    const endedMessage = `${why} and took its place`;
    await job.save({ step: 'transcode', reason: 'kick', endedMessage, endedAt: state.endedAt ?? Date.now() });
    await job.log(`capture: ended: ${endedMessage}`);
  }

  /** What becomes of the job of a run that ended with `error`. */
  #endingAfter(run: RecordingRun, error: unknown): Ending {
    const { logger } = this.#context;
    const { requestId } = run.job.recording;
    const interruption = interruptionOf(run.job.signal, error);
    if (interruption === null && toAppError(error).code === 'SealKeyMissing') {
      logger.error(
        { err: error, requestId },
        'a recording cannot be opened here; it waits for a worker that has its key',
      );
      return { kind: 'given-back', delayMs: KEY_MISSING_MS };
    }
    if (interruption === null) {
      logger.warn({ err: error, requestId, attempt: run.job.attempt }, 'the recording failed');
      return { kind: 'failed', error: asJobFailure(error) };
    }
    const { kind, message, delayMs } = interruption;
    logger.info({ requestId, kind }, message);
    if (kind === 'terminated') return { kind: 'failed', error: asJobFailure(terminated()) };
    return kind === 'lost' || kind === 'crash' ? { kind: 'left' } : { kind: 'given-back', delayMs };
  }

  /** Tells Redis, once: of two endings the first counts. */
  #conclude(running: Running, ending: Ending): Promise<void> {
    running.concluded ??= this.#tell(running, ending);
    return running.concluded;
  }

  /** A job that could not be moved belongs to another worker now, or is put back when Redis forgot it. */
  async #tell(running: Running, ending: Ending): Promise<void> {
    const { bullJob, run } = running;
    const { logger } = this.#context;
    const { requestId } = run.job.recording;
    const moved = await this.#move(running, ending).catch((error: unknown) => {
      logger.warn({ err: error, requestId, ending: ending.kind }, 'the end of a run could not be told to Redis');
      return false;
    });
    if (moved)
      await heedLateOrders(bullJob, run, ending).catch((error: unknown) => {
        logger.warn({ err: error, requestId }, 'what was asked last could not be looked at');
      });
    else
      await this.#forgotten.putBack(run.payload()).catch((error: unknown) => {
        logger.error({ err: error, requestId }, 'Redis may have forgotten a recording: its spool stays');
      });
  }

  /** False: it isn't the run's job any more, or is left where it is. */
  async #move({ bullJob, token, run }: Running, ending: Ending): Promise<boolean> {
    if (ending.kind === 'left') return false;
    const move = async (): Promise<boolean> => {
      if (!(await run.keep())) return false;
      await moveJob(bullJob, token, ending);
      return true;
    };
    return onceWritable(move, { logger: this.#context.logger });
  }
}

/**
 * What was asked of a recording while its run was ending found no job that waits, and this run may not have seen it: it
 * must not lie as long as the job is delayed. Once only: the next run begins with what was asked.
 */
async function heedLateOrders(bullJob: Job, run: RecordingRun, ending: Ending): Promise<void> {
  if (ending.kind === 'done' || !(await run.askedSince())) return;
  // Not delayed: it has failed for good, or is given out already.
  await bullJob.promote().catch(() => undefined);
}

/** Once a run is interrupted, whatever its flow throws is a consequence of that. */
const interruptionOf = (signal: AbortSignal, error: unknown): Interruption | null => {
  if (signal.aborted) return signal.reason as Interruption;
  return error instanceof Interruption ? error : null;
};

/** Retryable: an attempt that counts. Anything else: the end of the recording. */
function asJobFailure(error: unknown): Error {
  const { retryable } = toAppError(error);
  return retryable ? new Error(failureText(error)) : new UnrecoverableError(failureText(error));
}
