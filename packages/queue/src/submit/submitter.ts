import type { RecordingStatus } from '@trtc-recorder/contracts';
import type { Logger } from '@trtc-recorder/runtime';
import { FlowProducer, Queue } from 'bullmq';
import { KEY_PREFIX, QUEUES } from '../catalogue.ts';
import { depthOf, oldestWaitingMs, type Depth } from '../depth.ts';
import { overRedis } from '../errors.ts';
import type { NewRecording, RecordingSecrets } from '../recording.ts';
import { checkRedis } from '../redis/check.ts';
import { checkPayloadKey } from '../redis/key-check.ts';
import { connectRedis } from '../redis/connect.ts';
import { createSealer } from '../sealing.ts';
import { listRecordings, type Filter, type ListFilter, type ListPage } from './listing.ts';
import { replayCallback, type Replay } from './replay.ts';
import { readStatus } from './status.ts';
import type { ChangedField, RecordingPatch } from './patch.ts';
import { countByState, type Statistics } from './statistics.ts';
import { stopRecording } from './stop.ts';
import { submit, type Submission } from './submission.ts';
import { terminateRecording, type Termination } from './terminate.ts';
import { updateRecording } from './update.ts';

export interface SubmitterOptions {
  readonly redisUrl: string;
  readonly payloadKeys: readonly string[];
  readonly allowEviction?: boolean;
  readonly logger: Logger;
}

export interface Depths {
  readonly recordings: Depth;
  readonly callbacks: Depth;
  /** How long the oldest recording that no worker has begun waits, ms. */
  readonly oldestWaitingMs: number;
}

/**
 * The API's side of the queue. Every method fails with QueueUnavailable, within seconds, when Redis doesn't answer.
 */
export interface Submitter {
  /** Errors: RecorderAlreadyActive. `idempotencyKey` must carry its scope (caller, app). */
  submit(
    recording: NewRecording,
    secrets: RecordingSecrets,
    callback?: { url: string },
    idempotencyKey?: string,
  ): Promise<Submission>;
  status(requestId: string): Promise<RecordingStatus | null>;
  list(filter: ListFilter): Promise<ListPage>;
  /** How many recordings are in each state. */
  statistics(filter?: Filter): Promise<Statistics>;
  /** What waits and runs, for metrics. */
  depths(): Promise<Depths>;
  /**
   * Changes a recording that waits or runs. Gives the fields that changed; null: there is no such recording.
   * Errors: UpdateTooLate, InvalidParameter.Field.
   */
  update(requestId: string, patch: RecordingPatch): Promise<ChangedField[] | null>;
  /** Asks for the end of a recording, waiting or running; durable. False: there is no such recording. */
  stop(requestId: string): Promise<boolean>;
  /** Gives up what still waits or runs of a recording; durable. */
  terminate(requestId: string): Promise<Termination>;
  /** The job's log lines; null: there is no such recording. */
  logs(requestId: string): Promise<string[] | null>;
  /** POSTs the result again, or at once when it waits for its next attempt. */
  retryCallback(requestId: string): Promise<Replay>;
  /** Resolves when Redis answers and suits. Error: InvalidConfiguration. */
  ready(): Promise<void>;
  /** Whether Redis answers now. */
  ping(): Promise<boolean>;
  /** For Bull Board. Their jobs hold sealed data. */
  boardQueues(): Queue[];
  close(): Promise<void>;
}

export function createSubmitter({ redisUrl, payloadKeys, allowEviction, logger }: SubmitterOptions): Submitter {
  const sealer = createSealer(payloadKeys);
  const redis = connectRedis({ redisUrl, manner: 'prompt', name: 'trtc-recorder-api', logger });
  const options = { connection: redis, prefix: KEY_PREFIX, skipWaitingForReady: true, skipVersionCheck: true };
  const recordings = new Queue(QUEUES.recordings, options);
  const callbacks = new Queue(QUEUES.callbacks, options);
  const flows = new FlowProducer(options);
  // The connection's own listener has logged it.
  const heard = () => undefined;
  recordings.on('error', heard);
  callbacks.on('error', heard);
  flows.on('error', heard);
  const parts = { redis, recordings, callbacks, flows, sealer, now: Date.now };

  return {
    submit: (...args) => overRedis(() => submit(parts, ...args)),
    status: (requestId) => overRedis(() => readStatus(recordings, redis, requestId)),
    list: (filter) => overRedis(() => listRecordings(recordings, redis, filter, Date.now())),
    depths: () =>
      overRedis(async () => ({
        recordings: await depthOf(recordings),
        callbacks: await depthOf(callbacks),
        oldestWaitingMs: await oldestWaitingMs(recordings, redis, Date.now()),
      })),
    statistics: (filter = {}) => overRedis(() => countByState(recordings, redis, filter, Date.now())),
    update: (requestId, patch) => overRedis(() => updateRecording(parts, requestId, patch)),
    stop: (requestId) => overRedis(() => stopRecording(recordings, redis, requestId)),
    terminate: (requestId) => overRedis(() => terminateRecording(parts, requestId)),
    logs: (requestId) =>
      overRedis(async () => {
        const exists = (await recordings.getJob(requestId)) !== undefined;
        return exists ? (await recordings.getJobLogs(requestId)).logs : null;
      }),
    retryCallback: (requestId) => overRedis(() => replayCallback(callbacks, requestId)),
    ready: async () => {
      await checkRedis(redis, { allowEviction, logger });
      await checkPayloadKey(redis, sealer);
    },
    ping: () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    boardQueues: () => [recordings, callbacks],
    close: async () => {
      await Promise.allSettled([flows.close(), recordings.close(), callbacks.close()]);
      redis.disconnect();
    },
  };
}
