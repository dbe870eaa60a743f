import { AppError, type Logger } from '@trtc-recorder/runtime';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUES, RecordingPayloadSchema, recordingTimes, type RecordingPayload } from '../catalogue.ts';
import { orAborted } from '../or-aborted.ts';
import { isInRoom, type Recording, type RecordingState } from '../recording.ts';
import { reclaim, saveData, type Run } from '../redis/fence.ts';
import { releaseRecorder } from '../redis/recorder-guard.ts';
import type { SharedClock } from '../redis/shared-clock.ts';
import { onceWritable } from '../redis/writable.ts';
import type { Sealer } from '../sealing.ts';
import { countCrashes } from './crash-count.ts';
import { Interruption, type InterruptionKind } from './interruption.ts';
import { followRecording, type LiveRecording } from './live-recording.ts';
import type { RecordingJob } from './recording-job.ts';
import { telling } from './telling.ts';

/** Until a job that was given back is given out again: long enough for another worker to be as likely, ms. */
const HAND_BACK_MS = 1_000;

/** One run of one recording in this worker: the RecordingJob the flow gets, and the strings by which it is ended. */
export interface RecordingRun {
  readonly job: RecordingJob;
  /** What the job holds, as it counts now and as far as the run got. */
  readonly payload: () => RecordingPayload;
  readonly interrupt: (kind: InterruptionKind) => void;
  /**
   * Opens the secrets and learns what was asked of the recording before this run, so that the flow begins with what
   * counts now. Errors: SealKeyMissing, SealBroken.
   */
  readonly learnOrders: () => Promise<void>;
  /** Whether anything was asked of it since. */
  readonly askedSince: () => Promise<boolean>;
  /** Whether the job is still this run's; a lock that merely ran out is taken back, and what Redis lacks is written. */
  readonly keep: () => Promise<boolean>;
  /** BullMQ could not renew the lock: take it back if nobody else has the job, else the run is lost. */
  readonly lockExpired: () => Promise<void>;
  /** The run is over. */
  readonly end: () => void;
}

export interface RunContext {
  readonly redis: Redis;
  readonly sealer: Sealer;
  readonly clock: Pick<SharedClock, 'aheadMs'>;
  readonly logger: Logger;
}

/** Error: InternalError when the job's data isn't what the catalogue says. */
export function createRun(job: Job, token: string, { redis, sealer, clock, logger }: RunContext): RecordingRun {
  const payload = parsePayload(job);
  const run: Run = { queue: QUEUES.recordings, jobId: payload.recording.requestId, token, starts: job.attemptsStarted };
  const controller = new AbortController();
  const { signal } = controller;
  const writing = { logger, signal };
  let state: RecordingState = payload.state;
  let known = state;

  const interrupt = (kind: InterruptionKind): void => {
    if (!signal.aborted) controller.abort(new Interruption(kind));
  };
  const live = followRecording({ redis, sealer }, payload, () => interrupt('terminated'));
  const holds = () => reclaim(redis, run, recordingTimes.lockMs);
  const write = async (): Promise<boolean> => {
    const written = state;
    const held = await saveData(redis, run, recordingTimes.lockMs, { ...payload, state: written });
    if (held) known = written;
    return held;
  };
  /** A run that is interrupted while Redis refuses has not been able to say how far it got. */
  const keep = () => (state === known ? holds() : write());
  const look = () =>
    orAborted(
      onceWritable(() => live.look(), writing),
      signal,
    );
  const save = async (patch: Partial<RecordingState>): Promise<void> => {
    signal.throwIfAborted();
    state = { ...state, ...patch };
    if (!(await orAborted(onceWritable(write, writing), signal))) {
      interrupt('lost');
      signal.throwIfAborted();
    }
    if (patch.step === undefined) return;
    // What was changed before this step was saved holds for it; what may not change from here on is refused.
    await look();
    if (!isInRoom(state)) freeRecorder(redis, payload.recording, writing);
  };
  const lockExpired = async (): Promise<void> => {
    if (signal.aborted || (await onceWritable(holds, writing))) return;
    logger.warn({ requestId: run.jobId }, 'the lock was lost: another worker has the job, or Redis forgot it');
    interrupt('lost');
  };

  return {
    payload: () => ({ ...live.payload, state }),
    learnOrders: look,
    askedSince: () => onceWritable(live.askedSince, { logger }),
    end: live.end,
    ...{ interrupt, keep, lockExpired },
    job: recordingJob(job, { live, state: () => state, save, logger, signal, clock }),
  };
}

interface FlowParts extends Pick<RecordingJob, 'save' | 'signal' | 'clock'> {
  readonly live: LiveRecording;
  readonly state: () => RecordingState;
  readonly logger: Logger;
}

/** The job as the flow sees it. */
function recordingJob(job: Job, { live, state, save, logger, signal, clock }: FlowParts): RecordingJob {
  const { progress, log } = telling(job, signal, logger);
  const count = countCrashes(job.stalledCounter, state);
  return {
    get recording() {
      return live.recording;
    },
    get secrets() {
      return live.secrets;
    },
    get stopRequested() {
      return live.stopRequested;
    },
    get crashes() {
      return count.crashes;
    },
    get state() {
      return state();
    },
    attempt: job.attemptsMade + 1,
    lastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
    progress: (reached) => {
      const forgiven = count.gotOn();
      if (forgiven !== null) save(forgiven).catch(() => undefined);
      return progress(reached);
    },
    handBack: (delayMs = HAND_BACK_MS) => Promise.reject(new Interruption('handed-back', delayMs)),
    ...{ save, log, signal, clock },
  };
}

function freeRecorder(redis: Redis, recording: Recording, { logger, signal }: { logger: Logger; signal: AbortSignal }) {
  onceWritable(() => releaseRecorder(redis, recording), { logger, signal }).catch((error: unknown) => {
    logger.warn({ err: error, requestId: recording.requestId }, 'could not give the recorder free');
  });
}

function parsePayload(job: Job): RecordingPayload {
  const parsed = RecordingPayloadSchema.safeParse(job.data);
  if (parsed.success) return parsed.data;
  throw new AppError('InternalError', `the job's data is not a recording: ${parsed.error.message}`, {
    retryable: false,
  });
}
