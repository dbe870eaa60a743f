import type { TrackName } from './case.ts';
import type { Sent } from './diary.ts';

/** A flash or a beep that an anchor sent while it was recorded. */
export interface ExpectedEvent {
  readonly userId: string;
  readonly track: TrackName;
  /** Which second of the sender's media time. */
  readonly second: number;
  /** When it began, ms since the Unix epoch. */
  readonly wallMs: number;
}

/** Length of a flash and of a beep, ms: one that was begun but not ended is not asked for. */
export const EVENT_MS = 100;
/** Until the recorder's SDK has heard of a new anchor or track, subscribed to it and got a key frame, ms. */
const SUBSCRIBED_MS = 2_500;
/** Until a track that was muted is forwarded again, from its next key frame on, ms. */
const UNMUTED_MS = 1_200;

const graceMs = ({ began }: Sent): number => (began === 'mute' ? UNMUTED_MS : SUBSCRIBED_MS);

/** The flashes and beeps of what was sent, as far as a recorder that captured since `sinceMs` can have them. */
export const expectedEvents = (sent: readonly Sent[], sinceMs: number, driftPpm = 0): ExpectedEvent[] =>
  sent.flatMap((one) => {
    const secondMs = 1000 / (1 + driftPpm / 1e6);
    const first = Math.ceil((Math.max(one.fromMs, sinceMs) + graceMs(one) - one.mediaStartMs) / secondMs);
    const last = Math.floor((one.toMs - EVENT_MS - one.mediaStartMs) / secondMs);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
      const second = first + index;
      const { userId, track, mediaStartMs } = one;
      return { userId, track, second, wallMs: mediaStartMs + second * secondMs };
    });
  });
