import { z } from 'zod';
import { ClipSpecSchema } from '../clips/spec.ts';
import { TimestampFaultsSchema } from '../clips/timestamp-faults.ts';
import { REMOVAL_REASONS } from './protocol.ts';
import { REFUSABLE, SUBSCRIBABLE } from './refusals.ts';

/** What the control verbs take, in process and over REST alike. */

/** Synthetic anchors to add. */
export const AnchorsSchema = z.strictObject({
  userId: z.string().min(1),
  /** With more than one they are called `<userId>1`, `<userId>2`, … */
  count: z.int().min(1).max(200).default(1),
  /** Camera and microphone. */
  clip: ClipSpecSchema.prefault({}),
  /** The screen; by default 1280×720 at 5 frames a second, of the same frequency and codec. */
  subClip: ClipSpecSchema.optional(),
  /** Hz by which each of several anchors beeps higher than the one before. */
  freqStep: z.int().min(0).max(1000).default(0),
  /** What they publish from the start on. */
  audio: z.boolean().default(true),
  main: z.boolean().default(true),
  sub: z.boolean().default(false),
  /** Silence is not sent. */
  dtx: z.boolean().default(false),
  /** How much faster their clocks run than ours, parts per million. */
  driftPpm: z.number().min(-1000).max(1000).default(0),
  /** What is wrong with the RTP timestamps of microphone and camera. */
  timestamps: TimestampFaultsSchema.optional(),
});
export type Anchors = z.output<typeof AnchorsSchema>;
export type AnchorsInput = z.input<typeof AnchorsSchema>;

/** A change of what a member publishes. What is left out stays. */
export const PublishChangeSchema = z.strictObject({
  audio: z.boolean().optional(),
  main: z.boolean().optional(),
  sub: z.boolean().optional(),
  audioMuted: z.boolean().optional(),
  videoMuted: z.boolean().optional(),
  /** Another clip from its next key frame on (synthetic anchors). */
  clip: ClipSpecSchema.optional(),
  subClip: ClipSpecSchema.optional(),
  /** RTP times begin anew somewhere else, under the same SSRC, as when an encoder is restarted (synthetic anchors). */
  restart: z.boolean().optional(),
});
export type PublishChangeInput = z.input<typeof PublishChangeSchema>;

export const RemovalSchema = z.strictObject({ reason: z.enum(REMOVAL_REASONS).default('kick') });

/** `reason`: 0 left, 1 timed out, 2 removed. */
export const LeaveSchema = z.looseObject({ reason: z.coerce.number().int().min(0).max(3).default(0) });

export const CutSchema = z.strictObject({
  cut: z.boolean(),
  /** ms after which it mends by itself. */
  forMs: z.int().min(1).optional(),
});

/** How long new signalling sockets of the user are refused, ms. */
export const DropSchema = z.strictObject({ refuseMs: z.int().min(0).default(0) });

/** What happens to the parameter sets of the first key frame of each video that the user is sent from now on. */
export const ParameterSetsSchema = z.strictObject({
  /** How much later than the rest they come, ms; never, when left out. */
  lateMs: z.int().min(1).optional(),
});

export const KeyFrameSchema = z.strictObject({ stream: z.enum(['main', 'small', 'sub']).default('main') });

export const RefusalSchema = z
  .strictObject({
    /** 0 grants the request; then `delayMs` says how late it is answered. */
    code: z.int().default(0),
    /** How long the reply is held back, ms. */
    delayMs: z.int().min(1).max(60_000).optional(),
    /** How many requests it applies to; all, when left out. */
    times: z.int().min(1).optional(),
    /** ms after which it ends by itself. */
    forMs: z.int().min(1).optional(),
    /** Only this user's requests. */
    userId: z.string().optional(),
    /** Only subscriptions to this publisher. */
    publisherId: z.string().optional(),
    /** Only subscriptions that ask for one of these. */
    kinds: z.array(z.enum(SUBSCRIBABLE)).min(1).optional(),
  })
  .refine(({ code, delayMs }) => code !== 0 || delayMs !== undefined, {
    path: ['code'],
    message: 'must not be 0, which means success, unless the reply is delayed',
  });
export const RefusableSchema = z.enum(REFUSABLE);

export const UserSigSchema = z.strictObject({
  userId: z.string().min(1),
  sdkAppId: z.coerce.number().int().optional(),
  /** Seconds it is valid from `time` on. */
  expireSeconds: z.coerce.number().int().optional(),
  /** When it was made, seconds since the Unix epoch. */
  time: z.coerce.number().int().optional(),
  /** Signs with this key instead of the app's: for refusals on purpose. */
  key: z.string().optional(),
});
export type UserSigInput = z.input<typeof UserSigSchema>;
