import { z } from 'zod';

/** Something that happens every `everyMs` of media time and has a size of `ms`. */
const repeatedSchema = z
  .strictObject({ everyMs: z.number().min(100), ms: z.number().min(1) })
  .refine(({ everyMs, ms }) => ms < everyMs, { path: ['ms'], message: 'must be less than everyMs' });

const shape = {
  /** Timestamps jump forward by `ms` while no time passes. */
  jump: repeatedSchema.optional(),
  /** Nothing is sent for `ms`; then the timestamps go on where they stopped. */
  stall: repeatedSchema.optional(),
};

/** What is wrong with the RTP timestamps of an audio track. The media and the times of sending stay right. */
export const AudioTimestampsSchema = z.strictObject({
  ...shape,
  /** Error of the rate at which timestamps advance, parts per million. */
  ppm: z.number().min(-100_000).max(100_000).default(0),
});

/** What is wrong with the RTP timestamps of a camera. */
export const VideoTimestampsSchema = z.strictObject({
  ...shape,
  ppm: z.number().min(-500_000).max(1_000_000).default(0),
  /** Timestamps count frames: each frame advances them as at this many frames a second, whatever the real rate is. */
  counts: z.number().min(1).max(240).optional(),
});

export const TimestampFaultsSchema = z.strictObject({
  audio: AudioTimestampsSchema.optional(),
  video: VideoTimestampsSchema.optional(),
});
export type TimestampFaults = z.output<typeof TimestampFaultsSchema>;
export type TimestampFaultsInput = z.input<typeof TimestampFaultsSchema>;
/** The faults of one track. */
export type TrackFaults = z.output<typeof VideoTimestampsSchema>;
