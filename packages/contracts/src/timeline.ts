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

/** Media that is known to be missing. Neighbouring losses of one cause are one gap. */
export const TimelineGapSchema = z.object({
  ...stretch,
  /** `loss`, `held`, `no-key-frame`, `reorder-late`, `segment-lost`: see the journal's `gap`. */
  Cause: z.string(),
  /** What of the gap is missing; the rest of it is there. */
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
  Gaps: z.array(TimelineGapSchema),
});

export const TimelineStreamSchema = z.object({
  StreamType: StreamTypeSchema,
  Tracks: z.array(TimelineTrackSchema),
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
