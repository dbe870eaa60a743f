import { z } from 'zod';

/** What the check of a finished file can report about it. The file is delivered all the same. */
export const FindingCodeSchema = z.enum([
  /** MP4: the index comes after the media, so a player needs the whole file before it can start. */
  'IndexAfterMedia',
  /** MP3: the header that states the length is missing, so a player estimates the length. */
  'LengthHeaderMissing',
  /** The file has no audio, or no video, though the recording captured some. */
  'StreamMissing',
  /** A stream has another codec than planned, or is there though it was not planned. */
  'StreamUnexpected',
  /** Packets whose decoding times do not rise. */
  'PacketsOutOfOrder',
  /** A stream begins more than 100 ms after the file. */
  'StreamStartsLate',
  /** A stream ends more than 100 ms before or after the planned end. */
  'StreamLengthWrong',
  /** ffmpeg reported errors while it decoded the finished file. */
  'DecoderErrors',
  /** No frame of a stream decodes; another stream of the file does. */
  'StreamUndecodable',
  /** Audio that was captured is 20 dB quieter in the file, or missing. */
  'AudioMissing',
  /** Audio is in the file at a time when no packet was received. */
  'AudioUnexpected',
  /** The decoder stopped before it had checked every video frame. */
  'VideoNotChecked',
]);
export type FindingCode = z.infer<typeof FindingCodeSchema>;

/** A doubt about a delivered file. Programs read `Code`; `Message` is for people. */
export const FindingSchema = z.object({
  Code: FindingCodeSchema,
  Message: z.string(),
  /** From when to when in the file it applies, ms since its start; missing where it applies to the whole file. */
  StartMs: z.number().min(0).optional(),
  EndMs: z.number().min(0).optional(),
});
export type Finding = z.infer<typeof FindingSchema>;
