import { ModeSchema, ReasonSchema, RoomEventSchema, StreamTypeSchema } from '@trtc-recorder/contracts';
import { z } from 'zod';

/** Ms since the Unix epoch: when the line was written. */
const at = z.number();
/** Unwrapped RTP ticks, comparable within one track. */
const rtp = z.int();
const take = z.int().min(1);
const track = z.int().min(1);
const segment = z.int().min(1);
const file = z.string().regex(/^\d{6,}\.mkv$/);
const kind = z.enum(['audio', 'video']);
/** Random: 64 bits in hex. */
const spoolName = z.string().regex(/^[0-9a-f]{16}$/);
const codec = z.enum(['opus', 'h264', 'vp8', 'h265', 'vp9', 'av1']);
/** H264: the SPS NAL unit, base64. */
const sps = z.string().optional();
const size = { width: z.int().optional(), height: z.int().optional() };

/**
 * One line of a spool's journal. Everything that is known about a recording besides its media: who sent what and when,
 * on which clock, what was lost.
 */
export const JournalEntrySchema = z.discriminatedUnion('type', [
  /** The first line. `spool` is the name its copies go by, which no other spool has. */
  z.object({ type: z.literal('recording'), at, version: z.literal(1), spool: spoolName.optional() }),
  /** What the named spool had captured on another machine has been put in here; `until`: of what came later some is missing. */
  z.object({ type: z.literal('restored'), at, spool: spoolName, until: z.number().optional() }),
  /** A worker began to capture. `aheadMs`: its clock against the one that all workers have in common. */
  z.object({
    type: z.literal('take'),
    at,
    take,
    worker: z.string(),
    mode: ModeSchema,
    aheadMs: z.number().optional(),
    /** Which start of the machine, and ms since then by a clock that can't be set: orders the takes of one machine. */
    boot: z.string().optional(),
    upMs: z.number().optional(),
  }),
  z.object({ type: z.literal('event'), at, take, event: RoomEventSchema }),
  /** One run of one sender on one receiver. */
  z.object({
    type: z.literal('track'),
    at,
    take,
    track,
    userId: z.string(),
    stream: StreamTypeSchema,
    kind,
    codec,
    /** RTP ticks per second. */
    clockRate: z.int().positive(),
    ssrc: z.int(),
    tap: z.int(),
  }),
  /**
   * When frames arrived, for at most some seconds. `rtp` and `receivedAt` are the first frame's. Each frame is its lateness
   * against the first one, in tenths of a ms, if its RTP timestamp is `ticks` after that of the frame before; else
   * `[ticks, lateness]`. A third item says that its timestamp does not follow from its sequence number.
   */
  z.object({
    type: z.literal('arrivals'),
    at,
    track,
    rtp,
    receivedAt: z.number(),
    /** Arrival of the last frame to come. */
    until: z.number(),
    ticks: z.int(),
    frames: z.array(z.union([z.int(), z.tuple([z.int(), z.int()]), z.tuple([z.int(), z.int(), z.literal(1)])])),
  }),
  /** Version 0.1 and before: the least delayed frame among those that arrived in a window of time. */
  z.object({ type: z.literal('clock'), at, track, rtp, receivedAt: z.number() }),
  /** Version 0.1 and before: from this frame on, frames came later by `ms`. */
  z.object({ type: z.literal('step'), at, track, rtp, receivedAt: z.number(), ms: z.number() }),
  z.object({
    type: z.literal('segment-open'),
    at,
    track,
    segment,
    file,
    codec,
    firstRtp: rtp,
    ...size,
    sps,
  }),
  /** A segment is closed: complete, immutable, on disk. */
  z.object({
    type: z.literal('segment'),
    at,
    track,
    segment,
    file,
    codec,
    firstRtp: rtp,
    /** Where its last frame begins. */
    lastRtp: rtp,
    /** Audio: how long one packet plays. */
    frameTicks: z.int().optional(),
    /** The median interval between frames. */
    usualTicks: z.int().min(0).optional(),
    frames: z.int().min(1),
    keyFrames: z.int().min(0),
    bytes: z.int().min(0),
    ...size,
    sps,
    /** Its writer was killed; `lastRtp` is exact to 1 ms. */
    recovered: z.literal(true).optional(),
    /** It has B-frames: its frames are in decoding order. */
    reordered: z.literal(true).optional(),
  }),
  /** From `fromRtp` up to `toRtp` there is known to be nothing to hear or show. */
  z.object({
    type: z.literal('gap'),
    at,
    track,
    fromRtp: rtp,
    toRtp: rtp,
    /**
     * `loss`: audio packets that never came; `held`: a lost picture, and all that hang on it until the next key frame;
     * `no-key-frame`: pictures before the first that can be decoded alone; `reorder-late`: it came when its place was
     * already written past; `segment-lost`: a segment was opened of which nothing can be read.
     */
    cause: z.enum(['loss', 'held', 'no-key-frame', 'reorder-late', 'segment-lost']),
    /** Audio: how long the packets play that never came. More time passed where silence isn't sent. */
    lostTicks: z.int().min(0).optional(),
    /** Frames that came and had to be dropped. */
    dropped: z.int().min(0).optional(),
    /** The lost segment. */
    segment: segment.optional(),
  }),
  /**
   * No frame came from `fromRtp` up to `toRtp`, longer than usual, and frames may have been lost: what else came meanwhile
   * shows whether they were. `regular`: until then frames came at a steady rate.
   */
  z.object({ type: z.literal('pause'), at, track, fromRtp: rtp, toRtp: rtp, regular: z.boolean() }),
  /** No frame arrived between two moments, ms since the Unix epoch, though the track's frames come often. */
  z.object({ type: z.literal('arrival-gap'), at, track, fromMs: z.number(), toMs: z.number() }),
  z.object({ type: z.literal('track-end'), at, track, rtp, cause: z.string() }),
  z.object({ type: z.literal('take-end'), at, take, reason: z.string() }),
  /** The recording has ended, and why: no further take is begun. Written as soon as it is known, before the take's end. */
  z.object({ type: z.literal('ending'), at, reason: ReasonSchema, message: z.string() }),
]);
export type JournalEntry = z.infer<typeof JournalEntrySchema>;
export type JournalEntryOf<T extends JournalEntry['type']> = Extract<JournalEntry, { type: T }>;
