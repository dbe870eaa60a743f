import type {
  Kind,
  Reason,
  StreamType,
  TimelineDocument,
  TimelineFile,
  TimelineGap,
  TimelineSpan,
} from '@trtc-recorder/contracts';
import { withUndecodable, type Gap, type TrackAccount } from './gap-list.ts';
import { lengthMs, union, within, type Stretch } from './stretch.ts';
import type { StreamTimeline, Timeline } from './timeline.ts';
import type { MediaSpan, TrackTimeline } from './track-timeline.ts';

export interface DocumentFacts {
  readonly requestId: string;
  readonly reason?: Reason;
  readonly files: readonly TimelineFile[];
  /** What could not be decoded when the files were made. */
  readonly undecodable?: readonly Undecodable[];
}

/** Media of a file that no decoder can use. */
export interface Undecodable extends Stretch {
  readonly userId: string;
  readonly stream: StreamType;
  readonly kind: Kind;
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

/** Gaps of one cause closer than this are one: of a bad hour there would be tens of thousands. */
const GAP_JOINED_MS = 1_000;

/** Neighbours are joined only where no gap of another cause lies between them. */
const joinGaps = (gaps: readonly Gap[]): TimelineGap[] => {
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

const toTrack = (track: TrackTimeline, gaps: readonly Gap[]) => ({
  ...bounds(boundsOf(track)),
  Kind: track.kind,
  Take: track.take,
  Ssrc: track.ssrc,
  DriftPpm: round(track.driftPpm),
  Spans: joinSpans(track.spans),
  Gaps: joinGaps(gaps.flatMap((gap) => within([gap], boundsOf(track)).map((part) => ({ ...gap, ...part })))),
});

const toStream = (stream: StreamTimeline, accounts: readonly TrackAccount[]) => ({
  StreamType: stream.stream,
  Tracks: stream.tracks.map((track) =>
    toTrack(
      track,
      accounts.flatMap(({ kind, gaps }) => (kind === track.kind ? gaps : [])),
    ),
  ),
  Published: accounts.flatMap(({ kind, published }) => published.map((each) => ({ ...bounds(each), Kind: kind }))),
  Gaps: accounts.flatMap(({ kind, gaps }) => joinGaps(gaps).map((gap) => ({ ...gap, Kind: kind }))),
  Mutes: stream.mutes.map((mute) => ({ ...bounds(mute), Kind: mute.kind })),
  Absences: stream.absences.map(bounds),
});

const ofTrack = (
  { undecodable = [] }: DocumentFacts,
  userId: string,
  stream: StreamType,
  kind: Kind,
): readonly Stretch[] =>
  undecodable.filter((each) => each.userId === userId && each.stream === stream && each.kind === kind);

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
  Anchors: timeline.anchors.map(({ userId, streams }) => ({
    UserId: userId,
    Streams: streams.map((stream) =>
      toStream(
        stream,
        stream.accounts.map((account) => withUndecodable(account, ofTrack(facts, userId, stream.stream, account.kind))),
      ),
    ),
  })),
  Files: [...facts.files],
});
