import type { Reception } from './reception.ts';
import type { SubscriptionFailure } from './subscription-failures.ts';
import type { TrackName, TrackState } from './track-states.ts';
import type { TrackTimeline } from './track-timeline.ts';

/** What is known of one track over the whole recording. */
export interface TrackFacts {
  readonly name: TrackName;
  readonly runs: readonly TrackTimeline[];
  readonly states: readonly TrackState[];
  readonly failures: readonly SubscriptionFailure[];
  readonly reception: Reception;
}
