import type { GapCause } from '@trtc-recorder/contracts';
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

/** A take ends a moment after its recorder has left: the last that was seen just before is its true end. */
const LEAVING_MS = 3_000;

/** Takes up to their last frame: of a killed one nothing else says how long it lived. */
export const withMedia = (takes: readonly TakeRecord[], tracks: readonly TrackTimeline[]): TakeRecord[] =>
  takes.map((take) => ({ ...take, endMs: Math.max(take.endMs, lastMediaMs(take, tracks)) }));

const lastMediaMs = (take: TakeRecord, tracks: readonly TrackTimeline[]): number =>
  tracks
    .filter((track) => track.take === take.take)
    .flatMap(({ spans }) => spans)
    .reduce((last, { endMs }) => Math.max(last, endMs), -Infinity);

const received = (take: TakeRecord, tracks: readonly TrackTimeline[]): boolean =>
  take.enteredMs !== undefined || tracks.some((track) => track.take === take.take);

/** When a take stopped receiving. Of a killed one the last frames are the last that is known. */
const endOf = (take: TakeRecord, tracks: readonly TrackTimeline[]): number => {
  const { lostRoomMs = -Infinity, lastSeenMs = -Infinity } = take;
  const endMs = Math.max(lostRoomMs, lastSeenMs, lastMediaMs(take, tracks));
  return Number.isFinite(endMs) ? endMs : take.endMs;
};

/** Reads when the recorder was out of the room: between takes, from what ended one until the next has entered. */
export const recorderStay = (takes: readonly TakeRecord[], tracks: readonly TrackTimeline[]): RecorderStay => {
  const inRoom = takes.filter((take) => received(take, tracks));
  const outages = inRoom.slice(1).flatMap((next, index): Outage[] => {
    const before = inRoom[index];
    if (before === undefined) return [];
    const backMs = next.enteredMs ?? next.startMs;
    const ownEndMs = endOf(before, tracks);
    // A worker that hung ends its take after another has taken over.
    const endMs = ownEndMs <= backMs ? ownEndMs : Math.min(backMs, lastMediaMs(before, tracks));
    const cause = before.crashed === true ? 'crash' : 'recorder-disconnected';
    return endMs < backMs && Number.isFinite(endMs) ? [{ startMs: endMs, endMs: backMs, cause }] : [];
  });
  const last = inRoom.at(-1) ?? takes.at(-1);
  if (last === undefined) return { outages, endMs: 0 };
  const seenMs = Math.max(lastMediaMs(last, tracks), last.lastSeenMs ?? -Infinity);
  const endMs = endOf(last, tracks);
  return { outages, endMs: endMs - seenMs < LEAVING_MS ? seenMs : endMs };
};
