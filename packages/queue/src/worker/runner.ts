import { RecordingResultSchema, type RecordingResult } from '@trtc-recorder/contracts';
import { AppError, toAppError } from '@trtc-recorder/runtime';
import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import { crashLimits, type RecordingPayload } from '../catalogue.ts';
import { failureText } from '../errors.ts';
import { stoppedBeforeItBegan } from '../result.ts';
import type { Forgotten } from './forgotten.ts';
import { Interruption, type InterruptionKind } from './interruption.ts';
import type { RecordingJob } from './recording-job.ts';
import { isInRoom, isUntouched } from '../recording.ts';
import { claimRecorder } from '../redis/recorder-guard.ts';
import { terminated } from '../terminated.ts';
import { createRun, type RecordingRun, type RunContext } from './run.ts';

interface Running {
  readonly bullJob: Job;
  readonly token: string;
  readonly run: RecordingRun;
  readonly settled: Promise<unknown>;
}

/** What a worker does with the jobs it is given: see RecordingWorkerOptions. */
export interface Taking {
  handle(job: RecordingJob): Promise<RecordingResult>;
  /** Asked before a recording is begun. False: it goes back to the queue, for another worker. */
  admits(): boolean;
}

/** For errors that a further attempt can't mend, whatever the catalogue says in general. */
const final = { retryable: false };

/** Runs the flow for the jobs BullMQ hands out, and tells BullMQ what became of each. */
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

  /** BullMQ's processor. */
  async process(bullJob: Job, token: string): Promise<RecordingResult> {
    const id = bullJob.id ?? '';
    // A run of the same job that lost its lock may still be closing its take.
    await this.#running.get(id)?.settled.catch(() => undefined);
    const run = this.#open(bullJob, token);
    if (this.#stopping !== null) run.interrupt(this.#stopping);
    const settled = this.#work(run);
    this.#running.set(id, { bullJob, token, run, settled });
    try {
      return await settled;
    } catch (error) {
      throw await this.#outcome(bullJob, token, run, error);
    } finally {
      run.end();
      if (this.#running.get(id)?.run === run) this.#running.delete(id);
    }
  }

  /** BullMQ could not renew these jobs' locks. */
  async locksExpired(ids: readonly string[]): Promise<void> {
    const runs = ids.flatMap((id) => this.#running.get(id)?.run ?? []);
    await Promise.all(runs.map((run) => run.lockExpired()));
  }

  /** Ends all runs, and those that still come. Resolves when every flow has let go. */
  async interruptAll(kind: 'drain' | 'kill' | 'crash'): Promise<void> {
    this.#stopping = kind;
    const all = [...this.#running.values()];
    for (const { run } of all) run.interrupt(kind);
    await Promise.allSettled(all.map(({ settled }) => settled));
  }

  /** The flows of a killed worker may never let go: their jobs go back all the same. */
  async forceBack(): Promise<void> {
    const moves = [...this.#running.values()].map(({ bullJob, token }) =>
      handOver(bullJob, token, new Interruption('kill')),
    );
    await Promise.allSettled(moves);
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

  /** The last barrier before a room: whatever went wrong at submission, a recorder isn't in a room twice. */
  async #refuseSecond({ recording, state }: RecordingJob): Promise<void> {
    if (!isInRoom(state)) return;
    const holder = await claimRecorder(this.#context.redis, recording);
    if (holder !== null)
      throw new AppError('RecorderAlreadyActive', `recording ${holder} has the same recorder`, final);
  }

  async #putBack(payload: RecordingPayload): Promise<void> {
    await this.#forgotten.putBack(payload).catch((error: unknown) => {
      const { requestId } = payload.recording;
      this.#context.logger.error({ err: error, requestId }, 'a recording may be forgotten: its spool stays');
    });
  }

  /** What BullMQ is told about a run that ended with `error`. */
  async #outcome(bullJob: Job, token: string, run: RecordingRun, error: unknown): Promise<Error> {
    const { logger } = this.#context;
    const requestId = bullJob.id;
    const interruption = interruptionOf(run.job.signal, error);
    if (interruption === null) {
      logger.warn({ err: error, requestId, attempt: run.job.attempt }, 'the recording failed');
      return asJobFailure(error);
    }
    logger.info({ requestId, kind: interruption.kind }, interruption.message);
    if (interruption.kind === 'terminated') return asJobFailure(terminated());
    if (interruption.kind === 'lost') await this.#putBack(run.payload());
    return handOver(bullJob, token, interruption);
  }
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

/** Gives the job back (unless it isn't ours any more). The error tells BullMQ that this has been done. */
async function handOver(job: Job, token: string, { kind, delayMs }: Interruption): Promise<Error> {
  const given = delayMs > 0 ? new DelayedError() : new WaitingError();
  if (kind === 'lost' || kind === 'crash') return given;
  try {
    if (delayMs > 0) await job.moveToDelayed(Date.now() + delayMs, token);
    else await job.moveToWait(token);
  } catch {
    // The lock ran out meanwhile: the stalled check gives the job on.
  }
  return given;
}
