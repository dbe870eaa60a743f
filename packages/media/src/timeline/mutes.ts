import type { Kind, RoomEvent, StreamType } from '@trtc-recorder/contracts';
import type { Stretch } from './stretch.ts';

export interface Mute extends Stretch {
  readonly kind: Kind;
}

/**
 * When a track was unpublished or muted while the anchor was there: until it was heard or seen again, or left, or until
 * `endMs`, the end of the recording.
 */
export const findMutes = (events: readonly RoomEvent[], userId: string, stream: StreamType, endMs: number): Mute[] => {
  const since = new Map<Kind, number>();
  const mutes: Mute[] = [];
  const end = (kind: Kind, at: number): void => {
    const startMs = since.get(kind);
    if (startMs !== undefined) mutes.push({ kind, startMs, endMs: at });
    since.delete(kind);
  };
  for (const event of events) {
    if (!('userId' in event) || event.userId !== userId) continue;
    if (event.type === 'anchor-exit') for (const kind of [...since.keys()]) end(kind, event.at);
    if (event.type !== 'available' && event.type !== 'unavailable') continue;
    if (event.stream !== stream) continue;
    if (event.type === 'available') end(event.kind, event.at);
    else if (!since.has(event.kind)) since.set(event.kind, event.at);
  }
  for (const kind of [...since.keys()]) end(kind, endMs);
  return mutes;
};
