import type { Kind, Mode } from '@trtc-recorder/contracts';
import { inSlices } from '@trtc-recorder/runtime';
import type { JournalEntry } from '../spool/journal/journal-entry.ts';
import { kindsOf } from '../kinds.ts';
import type { Gap } from '../timeline/gap-list.ts';
import { within, type Stretch } from '../timeline/stretch.ts';
import {
  buildTimeline,
  timelineOf,
  type StreamTimeline,
  type Timeline,
  type TimelineOptions,
} from '../timeline/timeline.ts';
import type { MediaSpan } from '../timeline/track-timeline.ts';
import type { FilePlan, Piece } from './file-plan.ts';
import { toPieces } from './pieces.ts';

export interface PlanOptions extends TimelineOptions {
  readonly mode: Mode;
}

const spansOf = (stream: StreamTimeline, kind: Kind): MediaSpan[] =>
  stream.tracks.filter((track) => track.kind === kind).flatMap((track) => track.spans);

/** Which stay a span belongs to: the number of absences that were over when it started. */
const stayOf = (span: MediaSpan, absences: readonly Stretch[]): number =>
  absences.filter(({ endMs }) => endMs <= span.startMs).length;

const gapsOf = (stream: StreamTimeline, kinds: readonly Kind[], bounds: Stretch): Gap[] =>
  stream.accounts
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(({ gaps }) => gaps)
    .filter((gap) => gap.endMs > bounds.startMs && gap.startMs < bounds.endMs)
    .map((gap) => ({
      ...gap,
      startMs: Math.max(gap.startMs, bounds.startMs),
      endMs: Math.min(gap.endMs, bounds.endMs),
    }));

/** Until when the last frame of the video is shown: a still screen's as long as it was shared. */
const heldUntilMs = (stream: StreamTimeline, kinds: readonly Kind[], bounds: Stretch): number =>
  stream.accounts
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(({ held }) => within(held, bounds))
    .reduce((last, { endMs }) => Math.max(last, endMs), -Infinity);

const planStay = (stream: StreamTimeline, stay: number, mode: Mode): Omit<FilePlan, 'id' | 'userId'> | undefined => {
  const kinds = kindsOf(mode);
  const piecesOf = (kind: Kind): Piece[] =>
    kinds.includes(kind)
      ? toPieces(spansOf(stream, kind).filter((span) => stayOf(span, stream.absences) === stay))
      : [];
  const audio = piecesOf('audio');
  const video = piecesOf('video');
  const pieces = [...audio, ...video];
  if (pieces.length === 0) return undefined;
  const startMs = pieces.reduce((low, piece) => Math.min(low, piece.startMs), Infinity);
  const stayBounds = {
    startMs: stream.absences[stay - 1]?.endMs ?? -Infinity,
    endMs: stream.absences[stay]?.startMs ?? Infinity,
  };
  const mediaEndMs = pieces.reduce((high, piece) => Math.max(high, piece.endMs), -Infinity);
  const endMs = video.length === 0 ? mediaEndMs : Math.max(mediaEndMs, heldUntilMs(stream, kinds, stayBounds));
  // Also what is missing before the first frame and after the last that could be kept.
  const gaps = gapsOf(stream, kinds, stayBounds);
  const container = mode === '00' ? 'mp3' : 'mp4';
  return { stream: stream.stream, mode, container, startMs, endMs, audio, video, gaps };
};

/** The files a timeline gives in a mode: one per anchor, stream and stay that has media of the mode's kinds. */
export const planTimeline = (timeline: Timeline, mode: Mode): FilePlan[] =>
  timeline.anchors
    .flatMap(({ userId, streams }) =>
      streams.flatMap((stream) =>
        Array.from({ length: stream.absences.length + 1 }, (_, stay) => planStay(stream, stay, mode))
          .filter((plan) => plan !== undefined)
          .map((plan) => ({ userId, ...plan })),
      ),
    )
    .map((plan, index) => ({ id: index + 1, ...plan }));

/**
 * What files a recording's journal gives. Absence of an anchor for longer than `maxGapMs` (15 s) splits; everything
 * shorter, every mute and every change of worker stays inside.
 */
export const planFiles = (entries: Iterable<JournalEntry>, { mode, ...options }: PlanOptions): FilePlan[] =>
  planTimeline(buildTimeline(entries, options), mode);

/** The same in slices: a recording of hours takes seconds, during which a worker has others to capture. */
export const planFilesInSlices = async (
  entries: Iterable<JournalEntry>,
  { mode, ...options }: PlanOptions,
): Promise<FilePlan[]> => planTimeline(await inSlices(timelineOf(entries, options)), mode);
