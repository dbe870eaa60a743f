import type { GapCause, RoomEvent, RoomEventOf } from '@trtc-recorder/contracts';
import type { Stretch } from './stretch.ts';
import type { TrackName } from './track-states.ts';

/** A time in which the page knew that a published track brought nothing, and why. */
export interface SubscriptionFailure extends Stretch {
  readonly cause: GapCause;
}

type Failed = RoomEventOf<'subscription-failed'>;

/** The page's causes, as far as they name one: where no media came at all, the other tracks show whose fault it was. */
const CAUSES: Readonly<Partial<Record<Failed['cause'], GapCause>>> = {
  refused: 'refused',
  'not-subscribed': 'refused',
  'no-key-frame': 'no-key-frame',
  disconnected: 'recorder-disconnected',
};

const ENDS: ReadonlySet<RoomEvent['type']> = new Set(['subscription-restored', 'unavailable', 'anchor-exit']);

const isOf = (event: RoomEvent, { userId, stream, kind }: TrackName): boolean =>
  'userId' in event &&
  event.userId === userId &&
  (event.type === 'anchor-exit' || ('kind' in event && event.stream === stream && event.kind === kind));

/**
 * Times in which the subscription to a track failed. A later failure with another cause replaces the one before; the page
 * of the next take knows of none.
 */
export const subscriptionFailures = (
  events: readonly RoomEvent[],
  track: TrackName,
  endMs: number,
): SubscriptionFailure[] => {
  const failures: SubscriptionFailure[] = [];
  let open: { readonly startMs: number; readonly cause: GapCause | undefined } | undefined;
  const close = (atMs: number): void => {
    if (open?.cause !== undefined) failures.push({ startMs: open.startMs, endMs: atMs, cause: open.cause });
    open = undefined;
  };
  for (const event of events) {
    if (event.type === 'entered') close(event.at);
    if (!isOf(event, track)) continue;
    if (ENDS.has(event.type)) close(event.at);
    if (event.type !== 'subscription-failed') continue;
    const startMs = open === undefined ? event.since : event.at;
    close(event.at);
    open = { startMs, cause: CAUSES[event.cause] };
  }
  close(endMs);
  return failures;
};
