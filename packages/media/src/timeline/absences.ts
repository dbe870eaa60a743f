import type { RoomEvent, StreamType } from '@trtc-recorder/contracts';
import type { TakeRecord } from './ledger.ts';
import { holes, lengthMs, union, type Stretch } from './stretch.ts';

/** Frames may still come this long after the event that says the anchor is gone. */
const TAIL_MS = 2_000;
/** REMOTE_USER_EXIT's reason for an anchor that fell silent until the server gave it up (trtc-sdk-v5, index.d.ts). */
const TIMED_OUT = 1;

type Mark = { readonly at: number } & (
  | { readonly sign: 'present' | 'gone' }
  /** Media until `endMs`. */
  | { readonly sign: 'media'; readonly endMs: number }
);

export interface AbsenceInput {
  readonly userId: string;
  readonly stream: StreamType;
  readonly events: readonly RoomEvent[];
  readonly takes: readonly TakeRecord[];
  /** Where there is media: of the anchor for main, of the screen share for sub. */
  readonly media: readonly Stretch[];
  /** Absences up to this stay inside a file. */
  readonly maxGapMs: number;
}

/** Of a camera and microphone the anchor itself is what stays or leaves; a screen share leaves when it is stopped. */
const markOf = (event: RoomEvent, { userId, stream }: AbsenceInput): Mark | undefined => {
  if (!('userId' in event) || event.userId !== userId) return undefined;
  if (event.type === 'anchor-exit') return { at: event.at, sign: 'gone' };
  if (event.type === 'anchor-enter') return stream === 'main' ? { at: event.at, sign: 'present' } : undefined;
  if (stream === 'sub' && event.stream !== 'sub') return undefined;
  if (event.type === 'unavailable') return stream === 'sub' ? { at: event.at, sign: 'gone' } : undefined;
  return { at: event.at, sign: 'present' };
};

/** An anchor given up by the server was gone since its last frame; media may go on for longer than its signalling. */
const backdated = (event: RoomEvent, mark: Mark, media: readonly Stretch[]): Mark => {
  if (event.type !== 'anchor-exit' || event.reason !== TIMED_OUT) return mark;
  const last = media.findLast(({ startMs }) => startMs <= event.at);
  return { ...mark, at: Math.min(last?.endMs ?? mark.at, mark.at) };
};

const eventMarks = (input: AbsenceInput, media: readonly Stretch[]): Mark[] =>
  input.events.flatMap((event) => {
    const mark = markOf(event, input);
    return mark === undefined ? [] : [backdated(event, mark, media)];
  });

/** A take that tried to join and never came in has seen nobody, and proves nothing. */
const wasInTheRoom = ({ enteredMs, startMs, endMs }: TakeRecord, signs: readonly Mark[]): boolean =>
  enteredMs !== undefined || signs.some(({ at }) => at >= startMs && at <= endMs);

/** Who isn't there soon after the next take entered the room had gone while nobody watched. */
const takeMarks = ({ takes: all, maxGapMs }: AbsenceInput, signs: readonly Mark[]): Mark[] => {
  const takes = all.filter((take) => wasInTheRoom(take, signs));
  return takes.slice(1).flatMap((take, index) => {
    const before = takes[index];
    const deadline = (take.enteredMs ?? take.startMs) + maxGapMs;
    const back = signs.some(({ at, sign }) => sign !== 'gone' && at >= take.startMs && at <= deadline);
    return before === undefined || back ? [] : [{ at: before.endMs, sign: 'gone' as const }];
  });
};

/** Without a word about comings and goings, only missing media tells of them. */
const silenceMarks = ({ takes, maxGapMs }: AbsenceInput, media: readonly Stretch[]): Mark[] =>
  holes(media)
    .filter((hole) => lengthMs(hole) > maxGapMs)
    .filter((hole) => !takes.some(({ startMs }) => startMs > hole.startMs && startMs < hole.endMs))
    .map(({ startMs }) => ({ at: startMs, sign: 'gone' as const }));

const knowsMoves = ({ events, userId, stream }: AbsenceInput): boolean =>
  events.some(
    (event) =>
      ((event.type === 'anchor-enter' || event.type === 'anchor-exit') && event.userId === userId) ||
      (event.type === 'unavailable' && event.userId === userId && event.stream === 'sub' && stream === 'sub'),
  );

/** When an anchor (or its screen share) was away for longer than `maxGapMs`: each such absence ends a file. */
export const findAbsences = (input: AbsenceInput): Stretch[] => {
  const media = union(input.media);
  const signs: Mark[] = [
    ...eventMarks(input, media),
    ...media.map(({ startMs, endMs }) => ({ at: startMs, sign: 'media' as const, endMs })),
  ];
  const marks = [...signs, ...takeMarks(input, signs), ...(knowsMoves(input) ? [] : silenceMarks(input, media))];
  const absences: Stretch[] = [];
  let goneMs: number | undefined;
  for (const mark of marks.sort((a, b) => a.at - b.at)) {
    if (mark.sign === 'gone') goneMs ??= mark.at;
    else if (goneMs !== undefined && mark.sign === 'media' && mark.at < goneMs + TAIL_MS)
      goneMs = Math.max(goneMs, mark.endMs);
    else if (goneMs !== undefined) {
      absences.push({ startMs: goneMs, endMs: mark.at });
      goneMs = undefined;
    }
  }
  return absences.filter((absence) => lengthMs(absence) > input.maxGapMs);
};
