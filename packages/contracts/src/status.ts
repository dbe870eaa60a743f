import { z } from 'zod';
import { ModeSchema } from './request.ts';
import { RecordingResultSchema } from './result.ts';

/** The four steps of a recording, in order. */
export const STEPS = ['join', 'capture', 'transcode', 'upload'] as const;
export const StepSchema = z.enum(STEPS);
export type Step = z.infer<typeof StepSchema>;

export const StateSchema = z.enum(['queued', 'running', 'done', 'failed']);
/** `queued` no worker has it yet · `running` · `done` has a result · `failed` ended without delivering. */
export type State = z.infer<typeof StateSchema>;

export const ProgressSchema = z.object({
  Step: StepSchema,
  /** Anchors seen so far. */
  Anchors: z.int().min(0),
  /** Seconds since the room was joined. */
  Seconds: z.number().min(0),
  /** Encoded bytes captured so far. */
  Bytes: z.number().min(0),
  /** Files made, and files uploaded, of `Files` in all; 0 until the recording has ended. */
  Files: z.int().min(0),
  Converted: z.int().min(0),
  Uploaded: z.int().min(0),
});
export type Progress = z.infer<typeof ProgressSchema>;

/** Answer of GET /v1/recordings/{RequestId}. Never holds a secret. */
export const RecordingStatusSchema = z.object({
  RequestId: z.string(),
  State: StateSchema,
  SdkAppId: z.string(),
  RoomId: z.string(),
  StrRoomId: z.string(),
  UserId: z.string(),
  Mode: ModeSchema,
  /** The time limit asked for, s. */
  MaxDuration: z.number().optional(),
  Progress: ProgressSchema.optional(),
  /** Which worker process has (or had) it. */
  Worker: z.string().optional(),
  Attempts: z.int(),
  SubmitTime: z.string(),
  /** While it waits in the queue for something to pass, as an outage of COS: why, and when it is tried again (ISO 8601, UTC). */
  Message: z.string().optional(),
  NextTryAt: z.string().optional(),
  EndTime: z.string().optional(),
  Result: RecordingResultSchema.optional(),
  /** Set when State is `failed`. */
  Error: z.string().optional(),
});
export type RecordingStatus = z.infer<typeof RecordingStatusSchema>;
