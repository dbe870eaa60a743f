import { z } from 'zod';
import { FindingSchema } from './finding.ts';

/** Why a recording ended. Every reason but the last two is a success for what was recorded until then. */
export const ReasonSchema = z.enum([
  /** The recorder was removed from the room by the TRTC server API. */
  'banned',
  /** The room was dismissed. */
  'room_disband',
  /** Another login of the same UserId took the recorder's place. */
  'kick',
  /** No anchor for the idle time. */
  'no_anchor',
  /** Stopped through this product's API. */
  'stopped',
  /** The time limit. */
  'max_duration',
  /** The disk under the spool ran full. */
  'spool_full',
  /** Given up through this product's API: nothing more was delivered. */
  'terminated',
  /** The SDK or the browser gave up; the messages say why. */
  'failed',
]);
export type Reason = z.infer<typeof ReasonSchema>;

export const StreamTypeSchema = z.enum(['main', 'sub']);
/** `main` is camera and microphone, `sub` is the screen share. */
export type StreamType = z.infer<typeof StreamTypeSchema>;

/** What is known about the truth of a file: all in ms but the counts. Measured, never assumed. */
export const QualitySchema = z.object({
  /** Time in which media of a published, unmuted track is missing: all gaps but `muted` and `left`. */
  LostMs: z.number().min(0),
  /** Time the last video frame was held because of a gap in the video, whatever its cause. */
  HeldMs: z.number().min(0),
  /** Time in which the file has no audio of the anchor: gaps in the audio, and before it began or after it ended. */
  SilenceMs: z.number().min(0),
  /** Video that had to be re-encoded (other size or codec). */
  ReencodedMs: z.number().min(0),
  /** Offset of video against audio where it is largest, as found in the file; positive: video is late. */
  SkewMs: z.number(),
  /** What the check of the finished file found. Missing when nothing was found. */
  Findings: z.array(FindingSchema).optional(),
});
export type Quality = z.infer<typeof QualitySchema>;

export const ResultFileSchema = z.object({
  /** The recorded anchor. */
  UserId: z.string(),
  /** The object's URL, percent-encoded; "" when it failed. */
  RecordFile: z.string(),
  Status: z.union([z.literal(0), z.literal(1)]),
  /** Begins with `record success`, `record fail`, `convert fail` or `upload fail`; then the cause. */
  Message: z.string().regex(/^(?:record success|record fail|convert fail|upload fail)/),
  StreamType: StreamTypeSchema.optional(),
  /** ISO 8601, UTC. */
  StartTime: z.string().optional(),
  EndTime: z.string().optional(),
  DurationMs: z.number().optional(),
  /** Bytes. */
  Size: z.number().optional(),
  ETag: z.string().optional(),
  /** Set when the file lies in the backup bucket, because it could not be delivered where it should be. */
  Backup: z.literal(true).optional(),
  Quality: QualitySchema.optional(),
});
export type ResultFile = z.infer<typeof ResultFileSchema>;

/** `timeline.json`, delivered beside the files. It is an addition: without it the files are no less right. */
export const ResultTimelineSchema = z.object({
  /** The object's URL, percent-encoded; "" when it failed. */
  Url: z.string(),
  Status: z.union([z.literal(0), z.literal(1)]),
  /** Begins with `record success` or `upload fail`; then the cause. */
  Message: z.string().regex(/^(?:record success|upload fail)/),
});
export type ResultTimeline = z.infer<typeof ResultTimelineSchema>;

/** The result of a recording: POSTed to Callback, kept 3 days, answered by GET /v1/recordings/{RequestId}. */
export const RecordingResultSchema = z.object({
  SdkAppId: z.string(),
  /** Integer room as text, "" for a string room. */
  RoomId: z.string(),
  /** "" for an integer room. */
  StrRoomId: z.string(),
  /** The recorder. */
  UserId: z.string(),
  Files: z.array(ResultFileSchema),
  /** Missing when no file was delivered. */
  Timeline: ResultTimelineSchema.optional(),
  RequestId: z.string(),
  Reason: ReasonSchema,
  /** One sentence for a person: how the recording ended and, when it failed, why. */
  Message: z.string(),
  /** ISO 8601, UTC. */
  StartTime: z.string().optional(),
  EndTime: z.string().optional(),
});
export type RecordingResult = z.infer<typeof RecordingResultSchema>;
