import { z } from 'zod';
import { ImpairmentSchema } from './impairment.ts';

/** How the rooms behave; can be changed while they run. */
export const RoomSettingsSchema = z.strictObject({
  /** How long a member whose signalling is gone stays in the room, ms. */
  graceMs: z.int().min(0).default(10_000),
  /** How long every reply is held back, ms. */
  replyDelayMs: z.int().min(0).default(0),
  /** Lost video is sent again on a stream of its own (RFC 4588); else as it was. For new connections. */
  rtx: z.boolean().default(true),
  /** What publishers are told they may send, bits a second. */
  uplinkBitrate: z.int().min(30_000).default(8_000_000),
  /** The network of everybody whose own was not set, from their first packet on. */
  up: ImpairmentSchema.optional(),
  down: ImpairmentSchema.optional(),
});
export type RoomSettings = z.infer<typeof RoomSettingsSchema>;
export type RoomSettingsInput = z.input<typeof RoomSettingsSchema>;

/** A change: what is left out stays as it is (so no defaults here). */
export const SettingsChangeSchema = z.strictObject({
  graceMs: z.int().min(0).optional(),
  replyDelayMs: z.int().min(0).optional(),
  rtx: z.boolean().optional(),
  uplinkBitrate: z.int().min(30_000).optional(),
  up: ImpairmentSchema.optional(),
  down: ImpairmentSchema.optional(),
});
