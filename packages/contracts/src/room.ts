import { z } from 'zod';

/** A TRTC room. Integer room 123 and string room "123" are different rooms. */
export const RoomSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('int'), id: z.int().min(1).max(4294967294) }),
  z.object({ type: z.literal('string'), id: z.string() }),
]);
export type Room = z.infer<typeof RoomSchema>;

/** Text that names a room unambiguously: `int:123` or `string:123`. */
export const roomKey = (room: Room): string => `${room.type}:${room.id}`;
