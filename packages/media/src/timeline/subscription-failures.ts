import type { GapCause, RoomEvent } from '@trtc-recorder/contracts';
import type { Stretch } from './stretch.ts';
import type { TrackName } from './track-states.ts';

/** A time in which the page knew that a published track brought nothing, and why. */
export interface SubscriptionFailure extends Stretch {
  readonly cause: GapCause;
}

/** The page's causes, as far as they name one: where no media came at all, the other tracks show whose fault it was. */
const CAUSES: Readonly<Record<string, GapCause>> = {
  refused: 'refused',
  'not-subscribed': 'refused',
  'no-key-frame': 'no-key-frame',
  disconnected: 'recorder-disconnected',
};

/** `subscription-failed`, and what ends it: journals of versions that don't report it have none. */
interface SubscriptionEvent {
  readonly type: string;
  readonly at: number;
  readonly since?: number;
  readonly cause?: string;
  readonly userId?: string;
  readonly stream?: string;
  readonly kind?: string;
}

const isOf = (event: SubscriptionEvent, { userId, stream, kind }: TrackName): boolean =>
  event.userId === userId && (event.type === 'anchor-exit' || (event.stream === stream && event.kind === kind));

const ENDS: ReadonlySet<string> = new Set(['subscription-restored', 'unavailable', 'anchor-exit']);

/** Times in which the subscription to a track failed. A later failure with another cause replaces the one before. */
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
  for (const event of events as readonly SubscriptionEvent[]) {
    if (!isOf(event, track)) continue;
    if (ENDS.has(event.type)) close(event.at);
    if (event.type !== 'subscription-failed') continue;
    const startMs = open === undefined ? (event.since ?? event.at) : event.at;
    close(event.at);
    open = { startMs, cause: CAUSES[event.cause ?? 'refused'] };
  }
  close(endMs);
  return failures;
};
