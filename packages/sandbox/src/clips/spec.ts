import { z } from 'zod';
import { VIDEO_CODECS } from '../rooms/codecs.ts';

/** Even, because 4:2:0 pictures have half as many colour samples. */
const side = (byDefault: number) => z.int().min(64).max(3840).multipleOf(2).default(byDefault);

export const PATTERNS = ['flash', 'tone', 'speech'] as const;

/**
 * What a synthetic anchor shows and says. `flash`: once a second the picture turns white for 100 ms, and a beep of the
 * same length begins at the same media time; silence between. `tone`: the beep never ends. `speech`: a voice
 * (espeak-ng), or a melody where there is none.
 */
export const ClipSpecSchema = z.strictObject({
  width: side(320),
  height: side(240),
  fps: z.int().min(1).max(60).default(15),
  /** Video, 1000 bits a second. */
  kbps: z.int().min(20).max(20_000).default(250),
  audioKbps: z.int().min(6).max(256).default(32),
  /**
   * Seconds from key frame to key frame: how long a new subscriber may wait for its first picture. 0.2 (with a rate that
   * is a multiple of 5) stands for a sender that answers requests for key frames.
   */
  gop: z.union([z.int().min(1).max(60), z.literal(0.2)]).default(2),
  /** Length of the loop, a multiple of `gop`. */
  seconds: z.int().min(1).max(120).default(4),
  /** Frequency of beep or tone, Hz. It is also written into the picture and gives it its colour: it tells anchors apart. */
  freq: z.int().min(50).max(8000).default(440),
  codec: z.enum(VIDEO_CODECS).default('h264'),
  pattern: z.enum(PATTERNS).default('flash'),
});
export type ClipSpec = z.infer<typeof ClipSpecSchema>;
export type ClipSpecInput = z.input<typeof ClipSpecSchema>;

/** The whole spec, with a loop of whole groups of pictures. */
export function clipSpec(input: ClipSpecInput = {}): ClipSpec {
  const spec = ClipSpecSchema.parse(input);
  const group = Math.max(1, spec.gop);
  return { ...spec, seconds: Math.ceil(spec.seconds / group) * group };
}

/** Length of the flash, and of the beep, seconds. */
export const FLASH_SECONDS = 0.1;
