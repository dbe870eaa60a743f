import type { Kind, RoomEvent, StreamType } from '@trtc-recorder/contracts';
import type { Stretch } from './stretch.ts';

export interface Mute extends Stretch {
  readonly kind: Kind;
}

/** When a track was unpublished or muted between two times it was not. */
export const findMutes = (events: readonly RoomEvent[], userId: string, stream: StreamType): Mute[] => {
  const since = new Map<Kind, number>();
  const mutes: Mute[] = [];
  for (const event of events) {
    if (!('userId' in event) || event.userId !== userId) continue;
    if (event.type === 'anchor-exit') since.clear();
    if (event.type !== 'available' && event.type !== 'unavailable') continue;
    if (event.stream !== stream) continue;
    const startMs = since.get(event.kind);
    if (event.type === 'unavailable' && startMs === undefined) since.set(event.kind, event.at);
    if (event.type !== 'available') continue;
    if (startMs !== undefined) mutes.push({ kind: event.kind, startMs, endMs: event.at });
    since.delete(event.kind);
  }
  return mutes;
};
