import { z } from 'zod';
import { QualitySchema, ReasonSchema, StreamTypeSchema } from './result.ts';

/** Ms since the Unix epoch on the recording's one wall clock, with fraction. */
const ms = z.number();
const stretch = { StartMs: ms, EndMs: ms };
const kind = z.enum(['audio', 'video']);

/** Media without a break in one codec and picture size. */
export const TimelineSpanSchema = z.object({
  ...stretch,
  Codec: z.string(),
  Width: z.int().optional(),
  Height: z.int().optional(),
});
export type TimelineSpan = z.infer<typeof TimelineSpanSchema>;

/** Why media of a published track is not in the files. */
export const GapCauseSchema = z.enum([
  /** The anchor was in the room and had muted or unpublished this track. */
  'muted',
  /** The anchor had left the room, or had stopped its screen share. */
  'left',
  /** Packets were lost on the way, with all frames that can't be decoded without them. */
  'lost',
  /** Nothing came from the anchor, while the recorder received others or its own connection was up. */
  'anchor-disconnected',
  /** The recorder received nothing from any anchor, or was out of the room: connection lost or rebuilt, handover. */
  'recorder-disconnected',
  /** The server refused the recorder's subscription. */
  'refused',
  /** Frames came before the first key frame. */
  'no-key-frame',
  /** The worker, its browser or its page crashed or was killed. */
  'crash',
  /** The media arrived and is damaged: no decoder can use it. */
  'undecodable',
]);
export type GapCause = z.infer<typeof GapCauseSchema>;

/** A time from which media of a published track is missing. Neighbours of one cause are one gap. */
export const TimelineGapSchema = z.object({
  ...stretch,
  Cause: GapCauseSchema,
  /** Duration of what is missing between the two times; the rest is in the file. */
  LostMs: z.number().min(0),
});
export type TimelineGap = z.infer<typeof TimelineGapSchema>;

/** One sender's run: from when it was first heard or seen until it stopped or was replaced. */
export const TimelineTrackSchema = z.object({
  ...stretch,
  Kind: kind,
  Take: z.int(),
  Ssrc: z.int(),
  /** How fast the sender's clock ran against ours, in parts per million; already corrected in the files. */
  DriftPpm: z.number(),
  Spans: z.array(TimelineSpanSchema),
  /** Those of the stream's gaps that lie between this track's first and last frame. */
  Gaps: z.array(TimelineGapSchema),
});

export const TimelineStreamSchema = z.object({
  StreamType: StreamTypeSchema,
  Tracks: z.array(TimelineTrackSchema),
  /** The times that `Gaps` account for: every moment in them is in a file as it was sent, or in one gap of its kind. */
  Published: z.array(z.object({ ...stretch, Kind: kind })),
  /** Everything that is missing of the stream, and why. */
  Gaps: z.array(TimelineGapSchema.extend({ Kind: kind })),
  /** The anchor was there, this track was muted or unpublished. */
  Mutes: z.array(z.object({ ...stretch, Kind: kind })),
  /** The anchor (or its screen share) was away long enough for a further file. */
  Absences: z.array(z.object(stretch)),
});

/** Where a file's first moment lies on the wall clock: what aligns the files of one room. */
export const TimelineFileSchema = z.object({
  ...stretch,
  UserId: z.string(),
  StreamType: StreamTypeSchema,
  /** The object's URL; "" when it was not delivered. */
  RecordFile: z.string(),
  Quality: QualitySchema.optional(),
});
export type TimelineFile = z.infer<typeof TimelineFileSchema>;

/** `timeline.json`, delivered beside the files: for every anchor, stream and track what happened when. */
export const TimelineDocumentSchema = z.object({
  Version: z.literal(1),
  RequestId: z.string(),
  Reason: ReasonSchema.optional(),
  /** Each worker's uninterrupted capture. Between two takes nobody watched. */
  Takes: z.array(z.object({ ...stretch, Take: z.int(), Reason: z.string().optional() })),
  Anchors: z.array(z.object({ UserId: z.string(), Streams: z.array(TimelineStreamSchema) })),
  Files: z.array(TimelineFileSchema),
});
export type TimelineDocument = z.infer<typeof TimelineDocumentSchema>;
