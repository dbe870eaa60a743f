import type { Logger } from '@trtc-recorder/runtime';
import { FlowProducer } from 'bullmq';
import type { Redis } from 'ioredis';
import { KEY_PREFIX, QUEUES, type RecordingPayload } from '../catalogue.ts';
import { addJobs } from '../jobs.ts';
import { bullKeys, ownKeys } from '../redis/keys.ts';
import { onceWritable } from '../redis/writable.ts';

/** Puts recordings back that Redis has forgotten. */
export interface Forgotten {
  /** Nothing happens when Redis knows the recording, whatever its state. */
  putBack(payload: RecordingPayload): Promise<void>;
  close(): Promise<void>;
}

/**
 * A Redis may come back with less than it had: no append-only file, a replica that lagged behind, an older backup. The
 * worker that records still holds the whole job, and so it adds it again, as far as it got, with its callback. The job's
 * id makes it one however often that happens. (A job that is removed on purpose is marked first, not deleted.)
 */
export function createForgotten(redis: Redis, logger: Logger): Forgotten {
  const options = { connection: redis, prefix: KEY_PREFIX };
  const flows = new FlowProducer(options);
  flows.on('error', (error: unknown) => logger.warn({ err: error }, 'the queue reports'));
  return {
    putBack: async (payload) => {
      const { requestId, submittedAt } = payload.recording;
      const isKnown = () => redis.exists(bullKeys(QUEUES.recordings).job(requestId));
      if ((await onceWritable(isKnown, { logger })) === 1) return;
      // BullMQ counts the crashes of the new job from none.
      const state = { ...payload.state, forgivenCrashes: undefined };
      await onceWritable(() => addJobs(flows, { ...payload, state }), { logger });
      await onceWritable(() => redis.zadd(ownKeys.index, submittedAt, requestId), { logger });
      logger.error({ requestId }, 'Redis had forgotten a recording that runs here: it was put back');
    },
    close: () => flows.close(),
  };
}
