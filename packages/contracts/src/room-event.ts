import { z } from 'zod';
import { StreamTypeSchema } from './result.ts';

const at = z.number();
const userId = z.string();
const track = { userId, stream: StreamTypeSchema, kind: z.enum(['audio', 'video']) };

/**
 * What happens in a room as the recorder's page sees it. `at` is ms since the Unix epoch. It crosses from the browser
 * into the worker and from the worker into the journal.
 */
export const RoomEventSchema = z.discriminatedUnion('type', [
  /** The join is done. Media may still not flow. */
  z.object({ type: z.literal('entered'), at }),
  /** An anchor came in / went (reason as the SDK has it: 0 left, 1 timed out, 2 removed, 3 became audience). */
  z.object({ type: z.literal('anchor-enter'), at, userId }),
  z.object({ type: z.literal('anchor-exit'), at, userId, reason: z.number().optional() }),
  /** A track is published (and not muted) / is not. */
  z.object({ type: z.literal('available'), at, ...track }),
  z.object({ type: z.literal('unavailable'), at, ...track }),
  /** The media path or the signalling changed state, in the SDK's words. */
  z.object({ type: z.literal('connection'), at, state: z.string(), previous: z.string().optional() }),
  /** The recorder was removed; the room is already left. */
  z.object({ type: z.literal('kicked'), at, reason: z.enum(['banned', 'kick', 'room_disband']) }),
  /** The SDK gave up; the room is already left. */
  z.object({ type: z.literal('error'), at, code: z.number(), extraCode: z.number().optional(), message: z.string() }),
  /** A new run of frames on a receiver found its owner. */
  z.object({ type: z.literal('owner'), at, ...track, tap: z.number(), ssrc: z.number() }),
  /**
   * A published track has brought nothing that could be recorded since `since`: ms since the Unix epoch, its publication or,
   * to a second, its last frame. It is subscribed to again until `subscription-restored`, `unavailable` or `anchor-exit`. A later one with another cause replaces it.
   * `refused`: the server refused the subscription (`code`, `extraCode`: the SDK's numbers). `not-subscribed`: the SDK
   * holds no subscription. `no-media`: subscribed, but no packet arrives. `no-key-frame`: packets arrive, but no frame
   * can be made of them before the next key frame. `not-tapped`: frames arrive, but can't be recorded in any way.
   * `disconnected`: the media path of the recorder was never up meanwhile.
   */
  z.object({
    type: z.literal('subscription-failed'),
    at,
    since: z.number(),
    ...track,
    cause: z.enum(['refused', 'not-subscribed', 'no-media', 'no-key-frame', 'not-tapped', 'disconnected']),
    code: z.number().optional(),
    extraCode: z.number().optional(),
  }),
  /** The track of a `subscription-failed` brings frames, for a second at most. */
  z.object({ type: z.literal('subscription-restored'), at, ...track }),
  /** Something worth a line in the journal: a watchdog's step, an SDK oddity. */
  z.object({ type: z.literal('note'), at, message: z.string() }),
  /** The page or the browser is gone: nothing more will come from this session. */
  z.object({ type: z.literal('crashed'), at, message: z.string() }),
]);
export type RoomEvent = z.infer<typeof RoomEventSchema>;
export type RoomEventOf<T extends RoomEvent['type']> = Extract<RoomEvent, { type: T }>;

/** The event with all of its times moved by `ms`: from one clock to another. */
export const shiftEvent = (event: RoomEvent, ms: number): RoomEvent => {
  const at = event.at + ms;
  return event.type === 'subscription-failed' ? { ...event, at, since: event.since + ms } : { ...event, at };
};
