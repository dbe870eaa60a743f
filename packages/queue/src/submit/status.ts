import {
  ProgressSchema,
  RecordingResultSchema,
  type Progress,
  type RecordingStatus,
  type State,
} from '@trtc-recorder/contracts';
import type { Job, JobState, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { amended } from '../amendment.ts';
import { RecordingPayloadSchema, type RecordingPayload } from '../catalogue.ts';
import type { RecordingState } from '../recording.ts';
import { readOrders } from '../redis/orders.ts';
import { failedResult, resultHead } from '../result.ts';

const states: Partial<Record<JobState, State>> = { active: 'running', completed: 'done', failed: 'failed' };

/** BullMQ's states in the API's words: whatever waits, for a worker or for its next attempt, is `queued`. */
const stateOf = (state: JobState | 'unknown'): State => (state === 'unknown' ? 'queued' : (states[state] ?? 'queued'));

/** What the API answers about a recording; null: there is none. Nothing sealed gets into it. */
export async function readStatus(recordings: Queue, redis: Redis, requestId: string): Promise<RecordingStatus | null> {
  // The state first: a job read after it was done has its result, one read before may not have it yet.
  const state = await recordings.getJobState(requestId);
  const [job, orders] = await Promise.all([recordings.getJob(requestId), readOrders(redis, requestId)]);
  if (job === undefined || orders === null) return null;
  return statusOf(job, amended(RecordingPayloadSchema.parse(job.data), orders.amendment), state);
}

function statusOf(job: Job, payload: RecordingPayload, jobState: JobState | 'unknown'): RecordingStatus {
  const { recording, state: progressed } = payload;
  const { RequestId, ...head } = resultHead(recording);
  const state = stateOf(jobState);
  const progress = ProgressSchema.safeParse(job.progress);
  const result = resultOf(job, payload, state);
  const endedAt = job.finishedOn ?? progressed.endedAt;
  return {
    RequestId,
    State: state,
    ...head,
    Mode: recording.mode,
    ...(recording.maxDurationMs !== undefined && { MaxDuration: Math.round(recording.maxDurationMs / 1000) }),
    ...(progress.success ? { Progress: progress.data } : state === 'running' && { Progress: begun(progressed) }),
    ...(job.processedBy !== undefined && { Worker: job.processedBy }),
    Attempts: job.attemptsMade + (state === 'running' ? 1 : 0),
    SubmitTime: new Date(recording.submittedAt).toISOString(),
    ...(state === 'queued' && waitOf(progressed, jobState)),
    ...(endedAt !== undefined && { EndTime: new Date(endedAt).toISOString() }),
    ...(result !== undefined && { Result: result }),
    ...(state === 'failed' && { Error: job.failedReason }),
  };
}

/** Before the first progress of its own: a join may be tried for minutes. */
const begun = ({ step }: RecordingState): Progress => ({
  ...{ Step: step, Anchors: 0, Seconds: 0, Bytes: 0 },
  ...{ Files: 0, Converted: 0, Uploaded: 0 },
});

/** What a recording waits for that was given back to the queue: for a time, as during an outage of COS, or for a worker. */
const waitOf = ({ wait }: RecordingState, jobState: JobState | 'unknown') =>
  wait === undefined
    ? {}
    : { Message: wait.message, ...(jobState === 'delayed' && { NextTryAt: new Date(wait.until).toISOString() }) };

function resultOf(job: Job, { recording, state: progressed }: RecordingPayload, state: State) {
  if (state === 'done') return RecordingResultSchema.parse(job.returnvalue);
  return state === 'failed' ? failedResult(recording, progressed, job.failedReason, job.finishedOn) : undefined;
}
