import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@trtc-recorder/runtime';
import type { FlowProducer, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { sealCallback, sealSecrets } from '../amendment.ts';
import { QUEUES, type RecordingPayload } from '../catalogue.ts';
import { addJobs } from '../jobs.ts';
import { initialState, type NewRecording, type Recording, type RecordingSecrets } from '../recording.ts';
import { ownKeys } from '../redis/keys.ts';
import { claimRecorder } from '../redis/recorder-guard.ts';
import { removeEnded } from '../redis/remove-ended.ts';
import type { Sealer } from '../sealing.ts';
import { requestIdFor } from './identity.ts';

export interface Submission {
  readonly requestId: string;
  /** The Idempotency-Key was used before: nothing new was started. */
  readonly repeated: boolean;
}

export interface SubmissionParts {
  readonly redis: Redis;
  readonly recordings: Queue;
  readonly flows: FlowProducer;
  readonly sealer: Sealer;
  readonly now: () => number;
}

/** A submission is made or has failed within this time, ms; the commands of its connection give up earlier. */
const SUBMITTING_MS = 10_000;
const LOOK_EVERY_MS = 25;

/**
 * Accepts a recording. Two promises hold however many submissions run at once:
 * one Idempotency-Key gives one recording, because the RequestId follows from the key and a job id exists once;
 * a recorder (app, room, user) has one recording at a time, see recorder-guard.ts. A worker asks the guard again before
 * it begins, so that not even a submission that hung for minutes can make a second one.
 *
 * Errors: RecorderAlreadyActive.
 */
export async function submit(
  parts: SubmissionParts,
  request: NewRecording,
  secrets: RecordingSecrets,
  callback?: { url: string },
  idempotencyKey?: string,
): Promise<Submission> {
  const { redis } = parts;
  const requestId = requestIdFor(idempotencyKey);
  if (!(await begin(parts, requestId))) return { requestId, repeated: true };

  const recording = { ...request, requestId, submittedAt: parts.now() };
  const holder = await claim(parts, recording);
  if (holder === null) {
    // Before the job: a process that dies in between leaves an entry without one, which is passed over and swept, and
    // not a recording that no list shows.
    await redis.zadd(ownKeys.index, recording.submittedAt, requestId);
    await addJobs(parts.flows, payloadOf(parts.sealer, recording, secrets, callback?.url));
  }
  // Not in a `finally`: after a Redis fault the job may still appear, so the mark stays until it runs out.
  await redis.del(ownKeys.submitting(requestId));
  if (holder !== null) throw alreadyActive(holder);
  return { requestId, repeated: false };
}

/**
 * Marks the submission as under way. False: the recording exists already. Of several submissions with one key, one
 * goes on and the others wait here for what comes of it.
 */
async function begin({ redis, recordings }: SubmissionParts, requestId: string): Promise<boolean> {
  const mark = ownKeys.submitting(requestId);
  const exists = async () => (await recordings.getJob(requestId)) !== undefined;
  for (;;) {
    if (await exists()) return false;
    if ((await redis.set(mark, '1', 'PX', SUBMITTING_MS, 'NX')) === 'OK') break;
    await delay(LOOK_EVERY_MS);
  }
  // The one before may have been accepted between the look and the mark. Of a recording that was removed by hand the
  // callback may still be there, and the new one needs a callback of its own; one that is yet to be told is not cut off.
  if (await removeEnded(redis, QUEUES.callbacks, requestId)) return true;
  await redis.del(mark);
  return false;
}

/**
 * Claims the recorder. Null: done; else the recording that has it. A holder that is only being submitted is waited for:
 * it may come to nothing, and a caller shouldn't be sent to a recording that never was.
 */
async function claim({ redis, recordings }: SubmissionParts, recording: Recording): Promise<string | null> {
  for (;;) {
    const holder = await claimRecorder(redis, recording);
    if (holder === null || (await recordings.getJob(holder)) !== undefined) return holder;
    await delay(LOOK_EVERY_MS);
  }
}

/** The job's payload, with everything secret sealed. */
function payloadOf(
  sealer: Sealer,
  recording: Recording,
  secrets: RecordingSecrets,
  url: string | undefined,
): RecordingPayload {
  const { requestId } = recording;
  return {
    recording,
    sealed: sealSecrets(sealer, secrets, requestId),
    state: initialState,
    ...(url !== undefined && { callback: sealCallback(sealer, url, requestId) }),
  };
}

const alreadyActive = (holder: string): AppError =>
  new AppError(
    'RecorderAlreadyActive',
    `recording ${holder} of the same SdkAppId, room and UserId is active: stop it first, or use another UserId`,
    { details: { requestId: holder } },
  );
