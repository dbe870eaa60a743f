import { AppError, type Logger } from '@trtc-recorder/runtime';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUES, RecordingPayloadSchema, recordingTimes, type RecordingPayload } from '../catalogue.ts';
import { isInRoom, type RecordingState } from '../recording.ts';
import { reclaim, saveData, type Run } from '../redis/fence.ts';
import { releaseRecorder } from '../redis/recorder-guard.ts';
import type { Sealer } from '../sealing.ts';
import { Interruption, type InterruptionKind } from './interruption.ts';
import { followRecording } from './live-recording.ts';
import type { RecordingJob } from './recording-job.ts';

/** Until a job that was given back is given out again: long enough for another worker to be as likely, ms. */
const HAND_BACK_MS = 1_000;

/** One run of one recording in this worker: the RecordingJob the flow gets, and the strings by which it is ended. */
export interface RecordingRun {
  readonly job: RecordingJob;
  /** What the job holds, as it counts now and as far as the run got. */
  readonly payload: () => RecordingPayload;
  readonly interrupt: (kind: InterruptionKind) => void;
  /** Learns what was asked of the recording before this run, so that the flow begins with what counts now. */
  readonly learnOrders: () => Promise<void>;
  /** BullMQ could not renew the lock: take it back if nobody else has the job, else the run is lost. */
  readonly lockExpired: () => Promise<void>;
  /** The run is over. */
  readonly end: () => void;
}

export interface RunContext {
  readonly redis: Redis;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

/** Errors: SealBroken; InternalError when the job's data isn't what the catalogue says. */
export function createRun(job: Job, token: string, { redis, sealer, logger }: RunContext): RecordingRun {
  const payload = parsePayload(job);
  const { recording } = payload;
  const run: Run = { queue: QUEUES.recordings, jobId: recording.requestId, token, starts: job.attemptsStarted };
  const controller = new AbortController();
  const { signal } = controller;
  let state: RecordingState = payload.state;

  const interrupt = (kind: InterruptionKind): void => {
    if (!signal.aborted) controller.abort(new Interruption(kind));
  };
  const live = followRecording({ redis, sealer }, payload, () => interrupt('terminated'));
  const save = async (patch: Partial<RecordingState>): Promise<void> => {
    signal.throwIfAborted();
    state = { ...state, ...patch };
    const written = saveData(redis, run, recordingTimes.lockMs, { ...payload, state });
    if (!(await orAborted(written, signal))) {
      interrupt('lost');
      signal.throwIfAborted();
    }
    // What was changed before this step was saved holds for it; what may not change from here on is refused.
    if (patch.step !== undefined) await orAborted(live.look(), signal);
    if (patch.step !== undefined && !isInRoom(state))
      releaseRecorder(redis, recording).catch((error: unknown) => {
        logger.warn({ err: error, requestId: recording.requestId }, 'could not give the recorder free');
      });
  };

  return {
    payload: () => ({ ...live.payload, state }),
    interrupt,
    learnOrders: () => orAborted(live.look(), signal),
    end: live.end,
    lockExpired: async () => {
      if (signal.aborted || (await reclaim(redis, run, recordingTimes.lockMs))) return;
      logger.warn({ requestId: recording.requestId }, 'the lock was lost: the recording belongs to another worker now');
      interrupt('lost');
    },
    job: {
      get recording() {
        return live.recording;
      },
      get secrets() {
        return live.secrets;
      },
      get stopRequested() {
        return live.stopRequested;
      },
      attempt: job.attemptsMade + 1,
      lastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
      crashes: job.stalledCounter,
      signal,
      get state() {
        return state;
      },
      save,
      progress: (progress) => orAborted(job.updateProgress(progress), signal),
      log: (line) => orAborted(job.log(`${new Date().toISOString()} ${line}`), signal).then(() => undefined),
      handBack: (delayMs = HAND_BACK_MS) => Promise.reject(new Interruption('handed-back', delayMs)),
    },
  };
}

function parsePayload(job: Job): RecordingPayload {
  const parsed = RecordingPayloadSchema.safeParse(job.data);
  if (parsed.success) return parsed.data;
  throw new AppError('InternalError', `the job's data is not a recording: ${parsed.error.message}`, {
    retryable: false,
  });
}

/** The promise, or the signal's reason as soon as it is aborted: Redis may be away for long. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
