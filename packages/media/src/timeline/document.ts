import type { Reason, TimelineDocument, TimelineFile, TimelineGap, TimelineSpan } from '@trtc-recorder/contracts';
import { lengthMs, union, type Stretch } from './stretch.ts';
import type { StreamTimeline, Timeline } from './timeline.ts';
import type { MediaSpan, TrackGap, TrackTimeline } from './track-timeline.ts';

export interface DocumentFacts {
  readonly requestId: string;
  readonly reason?: Reason;
  readonly files: readonly TimelineFile[];
}

/** Two segments closer than this are one span: a frame's length and the rounding of segments lie between them. */
const JOINED_MS = 250;

/** A microsecond is more than any clock here knows. */
const round = (ms: number): number => Math.round(ms * 1000) / 1000;
const bounds = ({ startMs, endMs }: Stretch) => ({ StartMs: round(startMs), EndMs: round(endMs) });

const toSpan = (span: MediaSpan): TimelineSpan => ({
  ...bounds(span),
  Codec: span.codec,
  ...(span.width === undefined || span.height === undefined ? {} : { Width: span.width, Height: span.height }),
});

const joins = (last: TimelineSpan, next: TimelineSpan): boolean =>
  next.StartMs - last.EndMs < JOINED_MS &&
  next.Codec === last.Codec &&
  next.Width === last.Width &&
  next.Height === last.Height;

/** Segments are a matter of the spool; a span ends where media breaks off or changes. */
const joinSpans = (spans: readonly MediaSpan[]): TimelineSpan[] => {
  const joined: TimelineSpan[] = [];
  for (const span of spans.map(toSpan)) {
    const last = joined.at(-1);
    if (last !== undefined && joins(last, span)) last.EndMs = Math.max(last.EndMs, span.EndMs);
    else joined.push(span);
  }
  return joined;
};

/** Losses of one cause closer than this are one gap: of a bad hour there would be tens of thousands. */
const GAP_JOINED_MS = 1_000;

const joinGaps = (gaps: readonly TrackGap[]): TimelineGap[] => {
  const joined: TimelineGap[] = [];
  for (const gap of gaps.toSorted((a, b) => a.startMs - b.startMs)) {
    const next = { ...bounds(gap), Cause: gap.cause, LostMs: round(lengthMs(gap)) };
    const last = joined.at(-1);
    if (last?.Cause === next.Cause && next.StartMs - last.EndMs < GAP_JOINED_MS) {
      last.LostMs = round(last.LostMs + Math.max(0, next.EndMs - Math.max(last.EndMs, next.StartMs)));
      last.EndMs = Math.max(last.EndMs, next.EndMs);
    } else joined.push(next);
  }
  return joined;
};

/** From its first media to its last; where nothing could be kept, from when to when something came. */
const boundsOf = ({ spans, gaps }: TrackTimeline): Stretch => {
  const [first, ...others] = union(spans.length > 0 ? spans : gaps);
  const startMs = first?.startMs ?? 0;
  return { startMs, endMs: others.at(-1)?.endMs ?? first?.endMs ?? startMs };
};

const toTrack = (track: TrackTimeline) => ({
  ...bounds(boundsOf(track)),
  Kind: track.kind,
  Take: track.take,
  Ssrc: track.ssrc,
  DriftPpm: round(track.driftPpm),
  Spans: joinSpans(track.spans),
  Gaps: joinGaps(track.gaps),
});

const toStream = (stream: StreamTimeline) => ({
  StreamType: stream.stream,
  Tracks: stream.tracks.map(toTrack),
  Mutes: stream.mutes.map((mute) => ({ ...bounds(mute), Kind: mute.kind })),
  Absences: stream.absences.map(bounds),
});

/** What is delivered as `timeline.json`. */
export const timelineDocument = (timeline: Timeline, facts: DocumentFacts): TimelineDocument => ({
  Version: 1,
  RequestId: facts.requestId,
  ...(facts.reason === undefined ? {} : { Reason: facts.reason }),
  Takes: timeline.takes.map((take) => ({
    ...bounds(take),
    Take: take.take,
    ...(take.reason === undefined ? {} : { Reason: take.reason }),
  })),
  Anchors: timeline.anchors.map(({ userId, streams }) => ({ UserId: userId, Streams: streams.map(toStream) })),
  Files: [...facts.files],
});
