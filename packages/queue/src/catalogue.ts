import { z } from 'zod';
import { RecordingSchema, RecordingStateSchema } from './recording.ts';

/**
 * The jobs there are, with everything that decides how they are kept, retried and recovered. One recording is one job
 * in `recordings`, the child of a job in `callbacks`, which Redis makes ready when it ends. Without a Callback that job
 * is there all the same, because one may be given while the recording runs.
 */
export const QUEUES = { recordings: 'recordings', callbacks: 'callbacks' } as const;

/** Prefix of every key. The braces keep all keys in one slot, so that scripts over several of them run on a cluster. */
export const KEY_PREFIX = '{trtc-recorder}';

export const RecordingPayloadSchema = z.object({
  recording: RecordingSchema,
  /** RecordingSecrets, sealed. */
  sealed: z.string(),
  state: RecordingStateSchema,
  /** What makes the callback's job; here too, so that a recording which Redis forgot can be put back whole. */
  callback: z.object({ sealedUrl: z.string(), origin: z.string() }).optional(),
  /** Orders that were given before Redis forgot the recording: their own fields went with it. */
  orders: z.object({ stop: z.boolean(), terminate: z.boolean() }).optional(),
});
export type RecordingPayload = z.infer<typeof RecordingPayloadSchema>;

export const CallbackPayloadSchema = z.object({
  recording: RecordingSchema,
  /** The Callback URL, sealed: it may hold a token. Absent: nobody is to be told. */
  sealedUrl: z.string().optional(),
  /** Scheme, host and port of it, to show. */
  origin: z.string().optional(),
  /** The exact text to POST: composed once, so that every repetition is the same. */
  body: z.string().optional(),
  /** When the first attempt of the present series failed, ms since the epoch by Redis' clock. */
  failingSince: z.number().optional(),
});
export type CallbackPayload = z.infer<typeof CallbackPayloadSchema>;

/** Finished recordings and callbacks are kept for 3 days, a recording never shorter than its callback. */
export const RETENTION_MS = 3 * 86_400_000;

/** Log lines kept for one recording. */
const KEPT_LOG_LINES = 2_000;

const MINUTE = 60_000;

export const catalogue = {
  recordings: {
    name: 'recording',
    payload: RecordingPayloadSchema,
    options: {
      /** Every step retries by itself; an attempt of the whole job is for what those retries couldn't mend. */
      attempts: 5,
      backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 },
      /** Housekeeping removes it: BullMQ goes by the clock of this process, and would not ask for its callback. */
      removeOnComplete: false,
      removeOnFail: false,
      keepLogs: KEPT_LOG_LINES,
      stackTraceLimit: 3,
    },
  },
  callbacks: {
    name: 'callback',
    payload: CallbackPayloadSchema,
    options: {
      /** Out of reach: the notifier gives a callback up when its time is over, see callback/series.ts. */
      attempts: 100_000,
      backoff: { type: 'custom' },
      removeOnComplete: false,
      removeOnFail: false,
      keepLogs: 200,
      stackTraceLimit: 1,
    },
  },
} as const;

/**
 * How fast a recording whose worker died is given to another. A process that died is missed by its presence, and its
 * lock has not been renewed for `suspiciousMs` (a living worker renews every 0.5–1 s): another has the recording within
 * 3 s. A machine that vanished, a cut network and a frozen process leave their presence behind; for them the lock runs
 * out, `lockMs` after its last renewal. Both are looked for every `lookMs`. An event loop or a Redis that hangs for 6 s
 * costs nothing. Shorter would make a busy machine look dead.
 */
export const recordingTimes = { lockMs: 8_000, lockRenewMs: 1_000, suspiciousMs: 2_000, lookMs: 500 } as const;

/**
 * Once a worker's own connection to Redis was away it judges nobody for this long, ms: the others are coming back too,
 * to renew their locks and to take back those that ran out.
 */
export const SETTLE_MS = 5_000;

/** A callback whose notifier died goes on within 13 s. The lock is renewed while a POST is under way. */
export const callbackTimes = { lockMs: 10_000, lockRenewMs: 4_000, stalledCheckMs: 3_000 } as const;

/**
 * A recording whose worker died this often, without its getting on for some minutes in between, is poisoned: the worker
 * is told to deliver what there is (`RecordingJob.crashes`), and after `fatal` crashes the recording fails.
 */
export const crashLimits = { salvage: 20, fatal: 25 } as const;

export const backoffBounds = { firstMs: 5_000, maxMs: 15 * MINUTE, jitter: 0.25 } as const;
