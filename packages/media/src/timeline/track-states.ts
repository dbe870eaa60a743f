import type { GapCause, Kind, RoomEvent, StreamType } from '@trtc-recorder/contracts';
import type { RecorderStay } from './recorder-stay.ts';
import { lengthMs, type Stretch } from './stretch.ts';

/** Signalling and media reach the recorder separately: until this much later the one may follow on the other. */
export const SETTLE_MS = 3_000;
/** REMOTE_USER_EXIT's reason for an anchor whose connection the server gave up (trtc-sdk-v5, index.d.ts). */
const TIMED_OUT = 1;

export interface TrackName {
  readonly userId: string;
  readonly stream: StreamType;
  readonly kind: Kind;
}

/** A time in which a track was published, or could not be received for `cause`. */
export interface TrackState extends Stretch {
  readonly cause: GapCause | undefined;
}

interface Mark {
  readonly at: number;
  readonly cause: GapCause | undefined;
  /** The recorder's absence hides a published track only; an anchor that enters unpublishes nothing. */
  readonly changes?: 'published' | 'unpublished';
}

const markOf = (event: RoomEvent, { userId, stream, kind }: TrackName): Mark[] => {
  if (!('userId' in event) || event.userId !== userId) return [];
  const { at } = event;
  if (event.type === 'anchor-exit') return [{ at, cause: event.reason === TIMED_OUT ? 'anchor-disconnected' : 'left' }];
  if (event.type === 'anchor-enter') return stream === 'main' ? [{ at, cause: 'muted', changes: 'unpublished' }] : [];
  if (event.type !== 'available' && event.type !== 'unavailable') return [];
  if (event.stream !== stream || event.kind !== kind) return [];
  if (event.type === 'available') return [{ at, cause: undefined }];
  return [{ at, cause: stream === 'main' ? 'muted' : 'left' }];
};

/** Of a recording without room events, only media says that a track was published. */
const isAnnounced = (events: readonly RoomEvent[], track: TrackName): boolean =>
  events.some((event) => event.type === 'available' && markOf(event, track).length > 0);

const recorderMarks = ({ outages }: RecorderStay, marks: readonly Mark[]): Mark[] =>
  outages.flatMap(({ startMs, endMs, cause }) => {
    const heardAgain = marks.some(({ at }) => at >= endMs - SETTLE_MS && at <= endMs + SETTLE_MS);
    const gone: Mark[] = heardAgain ? [] : [{ at: endMs, cause: 'left' }];
    return [{ at: startMs, cause, changes: 'published' as const }, ...gone];
  });

/** An anchor enters first and publishes a moment later: that moment belongs to the time before. */
const withoutEntries = (states: readonly TrackState[]): TrackState[] =>
  states.map((state, index) => {
    const before = states[index - 1];
    const isEntry =
      state.cause === 'muted' &&
      lengthMs(state) < SETTLE_MS &&
      before?.cause !== undefined &&
      states[index + 1]?.cause === undefined &&
      index + 1 < states.length;
    return isEntry ? { ...state, cause: before.cause } : state;
  });

const isChange = ({ changes }: Mark, cause: GapCause | undefined): boolean =>
  changes === undefined || (changes === 'published') === (cause === undefined);

/** What the room said of a track, as states that follow on each other until the recording's end. */
export const trackStates = (
  track: TrackName,
  events: readonly RoomEvent[],
  stay: RecorderStay,
  media: readonly Stretch[],
): TrackState[] => {
  const said = events.flatMap((event) => markOf(event, track));
  const firstMs = media[0]?.startMs;
  const announced = isAnnounced(events, track);
  const known = announced || firstMs === undefined ? said : [{ at: firstMs, cause: undefined }];
  const outs = announced ? recorderMarks(stay, said) : stay.outages.flatMap(betweenMedia);
  const marks: Mark[] = [...known, ...outs].sort((a, b) => a.at - b.at);
  const endMs = announced ? stay.endMs : (media.at(-1)?.endMs ?? stay.endMs);
  const states: TrackState[] = [];
  let cause: GapCause | undefined;
  for (const [index, mark] of marks.entries()) {
    if (index === 0 || isChange(mark, cause)) ({ cause } = mark);
    const untilMs = Math.max(mark.at, Math.min(marks[index + 1]?.at ?? endMs, endMs));
    const last = states.at(-1);
    if (last !== undefined && last.cause === cause) states[states.length - 1] = { ...last, endMs: untilMs };
    else states.push({ startMs: mark.at, endMs: untilMs, cause });
  }
  return withoutEntries(states);
};

/** Nobody says that the track is published again. */
const betweenMedia = ({ startMs, endMs, cause }: RecorderStay['outages'][number]): Mark[] => [
  { at: startMs, cause, changes: 'published' },
  { at: endMs, cause: undefined },
];
