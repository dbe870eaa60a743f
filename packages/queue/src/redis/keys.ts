import { KEY_PREFIX, QUEUES } from '../catalogue.ts';

export type QueueName = (typeof QUEUES)[keyof typeof QUEUES];

/** Keys as BullMQ names them (its QueueKeys), for the few scripts that must see a job and its lock at once. */
export const bullKeys = (queue: QueueName) => {
  const base = `${KEY_PREFIX}:${queue}`;
  return {
    job: (id: string) => `${base}:${id}`,
    lock: (id: string) => `${base}:${id}:lock`,
    wait: `${base}:wait`,
    delayed: `${base}:delayed`,
    waitingChildren: `${base}:waiting-children`,
    active: `${base}:active`,
    stalled: `${base}:stalled`,
    stalledCheck: `${base}:stalled-check`,
    completed: `${base}:completed`,
    failed: `${base}:failed`,
  };
};

/** Keys of our own. */
export const ownKeys = {
  /** Sorted set of RequestIds by the time of submission. */
  index: `${KEY_PREFIX}:index`,
  /** Hash: recorder → RequestId of the recording that has it. */
  recorders: `${KEY_PREFIX}:recorders`,
  /** Exists while this submission is under way: its job may be about to appear. */
  submitting: (requestId: string) => `${KEY_PREFIX}:submitting:${requestId}`,
  /** Hash: RequestId → the end of its job in this queue, and when Redis first saw it, see ended-since.ts. */
  endedSince: (queue: QueueName) => `${KEY_PREFIX}:ended-since:${queue}`,
  /** Channel to which a living worker is subscribed, by BullMQ's id of the worker. */
  presence: (workerUuid: string) => `${KEY_PREFIX}:presence:${workerUuid}`,
  /** Written again and again, to know whether Redis takes writes. */
  writeProbe: `${KEY_PREFIX}:write-probe`,
  /** A sealed text that every process must be able to open. */
  keyCheck: `${KEY_PREFIX}:key-check`,
} as const;
