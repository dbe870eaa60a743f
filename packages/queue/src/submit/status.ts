import {
  ProgressSchema,
  RecordingResultSchema,
  type RecordingResult,
  type RecordingStatus,
  type State,
} from '@trtc-recorder/contracts';
import type { Job, JobState, Queue } from 'bullmq';
import { RecordingPayloadSchema } from '../catalogue.ts';
import type { RecordingState } from '../recording.ts';
import { failedResult } from '../result.ts';

const states: Partial<Record<JobState, State>> = { active: 'running', completed: 'done', failed: 'failed' };

/** BullMQ's states in the API's words: whatever waits, for a worker or for its next attempt, is `queued`. */
const stateOf = (state: JobState | 'unknown'): State => (state === 'unknown' ? 'queued' : (states[state] ?? 'queued'));

/** What the API answers about a recording; null: there is none. Nothing sealed gets into it. */
export async function readStatus(recordings: Queue, requestId: string): Promise<RecordingStatus | null> {
  // The state first: a job read after it was done has its result, one read before may not have it yet.
  const state = await recordings.getJobState(requestId);
  const job: Job | undefined = await recordings.getJob(requestId);
  return job === undefined ? null : statusOf(job, state);
}

function statusOf(job: Job, jobState: JobState | 'unknown'): RecordingStatus {
  const { recording, state: progressed } = RecordingPayloadSchema.parse(job.data);
  const state = stateOf(jobState);
  const progress = ProgressSchema.safeParse(job.progress);
  const result = resultOf(job, state);
  const { room } = recording;
  const endedAt = job.finishedOn ?? progressed.endedAt;
  return {
    RequestId: recording.requestId,
    State: state,
    SdkAppId: String(recording.sdkAppId),
    RoomId: room.type === 'int' ? String(room.id) : '',
    StrRoomId: room.type === 'string' ? room.id : '',
    UserId: recording.userId,
    Mode: recording.mode,
    ...(progress.success && { Progress: progress.data }),
    ...(job.processedBy !== undefined && { Worker: job.processedBy }),
    Attempts: job.attemptsMade + (state === 'running' ? 1 : 0),
    SubmitTime: new Date(recording.submittedAt).toISOString(),
    ...(jobState === 'delayed' && waitOf(progressed)),
    ...(endedAt !== undefined && { EndTime: new Date(endedAt).toISOString() }),
    ...(result !== undefined && { Result: result }),
    ...(state === 'failed' && { Error: job.failedReason }),
  };
}

/** What a recording waits for that was given back to the queue, as during an outage of COS. */
const waitOf = ({ wait }: RecordingState) =>
  wait === undefined ? {} : { Message: wait.message, NextTryAt: new Date(wait.until).toISOString() };

function resultOf(job: Job, state: State): RecordingResult | undefined {
  if (state === 'done') return RecordingResultSchema.parse(job.returnvalue);
  if (state !== 'failed') return undefined;
  const { recording, state: progressed } = RecordingPayloadSchema.parse(job.data);
  return failedResult(recording, progressed, job.failedReason, job.finishedOn);
}
