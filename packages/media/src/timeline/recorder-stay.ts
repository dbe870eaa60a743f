import type { GapCause, RoomEvent } from '@trtc-recorder/contracts';
import type { TakeRecord } from './ledger.ts';
import type { Stretch } from './stretch.ts';
import type { TrackTimeline } from './track-timeline.ts';

/** A time in which no recorder was in the room, between two that were. */
export interface Outage extends Stretch {
  readonly cause: Extract<GapCause, 'crash' | 'recorder-disconnected'>;
}

/** When the recorder was in the room. */
export interface RecorderStay {
  readonly outages: readonly Outage[];
  /** The last moment at which it received, or could have. */
  readonly endMs: number;
}

/** The recorder's way out of the room is reported at the end of a take: media that ended just before is its true end. */
const LEAVING_MS = 3_000;

const ENDINGS: ReadonlySet<RoomEvent['type']> = new Set(['kicked', 'error', 'crashed']);

const lastMediaMs = (take: TakeRecord, tracks: readonly TrackTimeline[]): number =>
  tracks
    .filter((track) => track.take === take.take)
    .flatMap(({ spans }) => spans)
    .reduce((last, { endMs }) => Math.max(last, endMs), -Infinity);

const received = (take: TakeRecord, tracks: readonly TrackTimeline[]): boolean =>
  take.enteredMs !== undefined || tracks.some((track) => track.take === take.take);

/** When a take stopped receiving: with the event that ended it, or with itself. */
const endOf = (take: TakeRecord, events: readonly RoomEvent[]): number => {
  const isOfTake = ({ at }: RoomEvent): boolean => at >= take.startMs && at <= take.endMs;
  const ending = events.find((event) => ENDINGS.has(event.type) && isOfTake(event));
  return Math.min(take.endMs, ending?.at ?? Infinity);
};

/** Reads when the recorder was out of the room: between takes, from what ended one until the next has entered. */
export const recorderStay = (
  takes: readonly TakeRecord[],
  events: readonly RoomEvent[],
  tracks: readonly TrackTimeline[],
): RecorderStay => {
  const inRoom = takes.filter((take) => received(take, tracks));
  const outages = inRoom.slice(1).flatMap((next, index): Outage[] => {
    const before = inRoom[index];
    if (before === undefined) return [];
    const backMs = next.enteredMs ?? next.startMs;
    const ownEndMs = Math.max(endOf(before, events), lastMediaMs(before, tracks));
    // A worker that hung ends its take after another has taken over.
    const endMs = ownEndMs <= backMs ? ownEndMs : Math.min(backMs, lastMediaMs(before, tracks));
    const cause = before.crashed === true ? 'crash' : 'recorder-disconnected';
    return endMs < backMs && Number.isFinite(endMs) ? [{ startMs: endMs, endMs: backMs, cause }] : [];
  });
  const last = inRoom.at(-1) ?? takes.at(-1);
  if (last === undefined) return { outages, endMs: 0 };
  const mediaMs = lastMediaMs(last, tracks);
  const endMs = Math.max(endOf(last, events), mediaMs);
  return { outages, endMs: endMs - mediaMs < LEAVING_MS ? mediaMs : endMs };
};
