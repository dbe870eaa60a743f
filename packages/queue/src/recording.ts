import {
  ModeSchema,
  ReasonSchema,
  ResultFileSchema,
  ResultTimelineSchema,
  RoomSchema,
  StepSchema,
} from '@trtc-recorder/contracts';
import { z } from 'zod';

const BucketSchema = z.object({ region: z.string(), bucket: z.string(), path: z.string() });
const CosCredentialsSchema = z.object({
  secretId: z.string(),
  secretKey: z.string(),
  sessionToken: z.string().optional(),
});

/** An accepted request as the queue keeps it: everything a worker needs but the secrets. */
export const RecordingSchema = z.object({
  /** Also the job's id. */
  requestId: z.string().min(1),
  sdkAppId: z.int(),
  room: RoomSchema,
  /** The recorder. */
  userId: z.string(),
  mode: ModeSchema,
  /** Where the files go; null: the worker's configured default. */
  cos: BucketSchema.nullable(),
  /** Where files go that cannot be delivered there; left out: the worker's configured backup, if any. */
  backupCos: BucketSchema.optional(),
  /** Time limit asked for, ms. */
  maxDurationMs: z.number().positive().optional(),
  /** ms since the epoch. */
  submittedAt: z.number(),
});
export type Recording = z.infer<typeof RecordingSchema>;

/** A recording before it is accepted: its RequestId is given at submission. */
export type NewRecording = Omit<Recording, 'requestId' | 'submittedAt'>;

/** What must not lie in Redis in the clear; sealed in the job. */
export const RecordingSecretsSchema = z.object({
  userSig: z.string().optional(),
  cosCredentials: CosCredentialsSchema.optional(),
  backupCosCredentials: CosCredentialsSchema.optional(),
});
export type RecordingSecrets = z.infer<typeof RecordingSecretsSchema>;

/** For how long something was waited for, with pauses in which nobody tried. */
const WaitedSchema = z.object({
  /** Until the last try, ms. */
  ms: z.number().min(0),
  /** When that was, and when the next one was planned for, ms since the epoch. */
  at: z.number(),
  until: z.number(),
});
export type Waited = z.infer<typeof WaitedSchema>;

/** How far a recording got. It lies in the job's data, so a crash or a hand-over doesn't lose it. */
export const RecordingStateSchema = z.object({
  step: StepSchema,
  /** Takes begun so far. */
  takes: z.int().min(0),
  /** Names of the spools it was captured into, in the order of their first takes: one for each disk. */
  spools: z.array(z.string()).optional(),
  /** For each of these, the number of the last take that was in the room. */
  takesIn: z.record(z.string(), z.int()).optional(),
  /** Where copies of its spools lie, wherever its files go by now. `ownKeys`: by the service's keys, else by its own. */
  copiesIn: z.object({ ...BucketSchema.shape, ownKeys: z.boolean() }).optional(),
  /** Spools that the files are made of. `until`: of what was captured into it later some is missing, ms since the epoch. */
  takenIn: z.array(z.object({ spool: z.string(), until: z.number().optional() })).optional(),
  /** Segments that are in no file, because the journal is damaged. */
  strays: z.int().optional(),
  /** The end of one of these is not copied yet, or the copies are not to be had. */
  restAwaited: WaitedSchema.optional(),
  reason: ReasonSchema.optional(),
  /** One sentence: how the capture ended. */
  endedMessage: z.string().optional(),
  /** Delivered, or found impossible to make, so far. */
  files: z.array(ResultFileSchema),
  /** Delivered (or given up) after the files. */
  timeline: ResultTimelineSchema.optional(),
  /** Rounds of delivery that failed so far. */
  delivery: z
    .object({
      waited: WaitedSchema,
      rounds: z.int().min(1),
      /** Those that failed by uploads, not for a full disk. */
      uploadRounds: z.int().min(0),
      /** Of the last one. */
      cause: z.string(),
    })
    .optional(),
  /** Workers have taken this job that don't have its spool on their disk. */
  spoolAway: WaitedSchema.optional(),
  /** Why the job was given back to the queue for a while, and until when, ms since the epoch. */
  wait: z.object({ until: z.number(), message: z.string() }).optional(),
  /** The disk has no room for what this recording needs, or is away. */
  diskAway: WaitedSchema.optional(),
  /** Crashes, of those that BullMQ has counted, after which it got on well. */
  forgivenCrashes: z.int().min(0).optional(),
  /** Every file is delivered; what is left to do is to remove the spool. */
  delivered: z.boolean().optional(),
  /** First join and end of the capture, ms since the epoch. */
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
});
export type RecordingState = z.infer<typeof RecordingStateSchema>;

export const initialState: RecordingState = { step: 'join', takes: 0, files: [] };

/** Whether the recorder is in the room, or still to join it; afterwards there are only files to make and deliver. */
export const isInRoom = ({ step }: RecordingState): boolean => step === 'join' || step === 'capture';

/**
 * Whether no worker has begun it. The spools are saved before anything is captured, the rest without being waited for: with
 * Redis away a recording may be long under way while all the rest says that it never began.
 */
export const isUntouched = ({ step, takes, startedAt, spools }: RecordingState): boolean =>
  step === 'join' && takes === 0 && startedAt === undefined && spools === undefined;
