import type { RoomEvent } from '@trtc-recorder/contracts';
import type { Stretch } from './stretch.ts';

/** ICE and the SDK notice a dead path late: it was dead for so long before the event. */
const NOTICED_AFTER_MS = 8_000;
/** Until media comes again over a connection that is back. */
const BACK_AFTER_MS = 1_000;

/** States in which the media path or the signalling is down: the SDK's, RTCPeerConnection's and the page's own. */
const DOWN: ReadonlySet<string> = new Set([
  'DISCONNECTED',
  'RECONNECTING',
  'media disconnected',
  'media failed',
  'path silent',
]);
const UP: ReadonlySet<string> = new Set(['CONNECTED', 'media connected', 'path alive']);

/** `media …`, `path …` and the SDK's signalling states are of different connections. */
const connectionOf = (state: string): string =>
  state.includes(' ') ? state.slice(0, state.indexOf(' ')) : 'signalling';

/** Times in which the recorder's own connection is known to have been down, or may have been. */
export const connectionLosses = (events: readonly RoomEvent[], endMs: number): Stretch[] => {
  const since = new Map<string, number>();
  const losses: Stretch[] = [];
  for (const event of events) {
    if (event.type !== 'connection') continue;
    const name = connectionOf(event.state);
    const startMs = since.get(name);
    if (DOWN.has(event.state) && startMs === undefined) since.set(name, event.at - NOTICED_AFTER_MS);
    if (!UP.has(event.state) || startMs === undefined) continue;
    losses.push({ startMs, endMs: event.at + BACK_AFTER_MS });
    since.delete(name);
  }
  return [...losses, ...[...since.values()].map((startMs) => ({ startMs, endMs }))];
};
