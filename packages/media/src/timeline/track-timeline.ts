import type { Codec, Kind, StreamType } from '@trtc-recorder/contracts';
import type { Sliced } from '@trtc-recorder/runtime';
import type { ArrivalCollector } from '../clock/arrival-series.ts';
import { clockBetween, fitClocks, rateError, wallMs, type RtpClock } from '../clock/rtp-clock.ts';
import type { JournalEntryOf } from '../spool/journal/journal-entry.ts';
import { lastFrameMs, samplesPerTickOf, usualIntervalMs } from './frame-length.ts';
import { toGap, type Pause, type TrackGap } from './journal-gaps.ts';
import type { Ledger, Run } from './ledger.ts';
import { KILLED } from './one-clock.ts';
import type { Stretch } from './stretch.ts';

/** One segment's media on the wall clock. */
export interface MediaSpan extends Stretch {
  readonly take: number;
  readonly track: number;
  readonly segment: number;
  /** Path below the spool's directory. */
  readonly file: string;
  readonly codec: Codec;
  readonly firstRtp: number;
  readonly lastRtp: number;
  readonly frames: number;
  readonly bytes: number;
  /** H264: the sequence parameter set, base64. Segments of a track that share it share their configuration. */
  readonly sps?: string | undefined;
  /** Picture size; video only. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** It has B-frames: its frames are in decoding order. */
  readonly reordered?: true | undefined;
  /** Audio: samples of 48 kHz per tick of the sender's timestamps, where it isn't one. */
  readonly samplesPerTick?: number | undefined;
  /** The part of the track's clock that holds for this segment. */
  readonly clock: RtpClock;
}

/** One sender's run on the wall clock. */
export interface TrackTimeline {
  readonly take: number;
  readonly track: number;
  readonly userId: string;
  readonly stream: StreamType;
  readonly kind: Kind;
  readonly codec: Codec;
  readonly ssrc: number;
  /** The sender's clock against ours, in parts per million. */
  readonly driftPpm: number;
  readonly spans: readonly MediaSpan[];
  readonly gaps: readonly TrackGap[];
  readonly pauses: readonly Pause[];
  /** When no frame arrived, whether any are missing or not. */
  readonly arrivalGaps: readonly Stretch[];
  /** The usual interval between frames. */
  readonly usualMs: number;
  /** Its worker was killed while it ran. */
  readonly killed: boolean;
}

const toSpan = (run: Run, segment: JournalEntryOf<'segment'>, clock: RtpClock): MediaSpan => ({
  take: run.track.take,
  track: run.track.track,
  segment: segment.segment,
  file: segment.file,
  codec: segment.codec,
  firstRtp: segment.firstRtp,
  lastRtp: segment.lastRtp,
  frames: segment.frames,
  bytes: segment.bytes,
  sps: segment.sps,
  width: segment.width,
  height: segment.height,
  samplesPerTick: samplesPerTickOf(segment),
  ...(segment.reordered === true && { reordered: true as const }),
  startMs: wallMs(clock, segment.firstRtp),
  endMs: wallMs(clock, segment.lastRtp) + lastFrameMs(run, segment),
  clock: clockBetween(clock, segment.firstRtp, segment.lastRtp),
});

/** A run killed before its first line of arrivals: the moment its first segment was opened has to do. */
const completeArrivals = ({ arrivals, segments, opened, track }: Run): ArrivalCollector => {
  const [first] = segments;
  if (arrivals.size === 0 && first !== undefined)
    arrivals.add({ rtp: first.firstRtp, receivedAt: (opened ?? track).at });
  return arrivals;
};

/** Of a segment that is lost whole only the beginning is known: it reached to what came next. */
const gapEnd = (run: Run, gap: JournalEntryOf<'gap'>): number => {
  if (gap.cause !== 'segment-lost') return gap.toRtp;
  const next = run.segments.find(({ firstRtp }) => firstRtp > gap.fromRtp);
  return Math.max(gap.fromRtp, next?.firstRtp ?? run.end?.rtp ?? gap.toRtp);
};

/** A span ends where the next one of its run begins, at the latest. */
const toSpans = (run: Run, clock: RtpClock): MediaSpan[] =>
  run.segments
    .map((segment) => toSpan(run, segment, clock))
    .map((span, index, all) => {
      const nextMs = all[index + 1]?.startMs ?? Infinity;
      return nextMs > span.startMs && nextMs < span.endMs ? { ...span, endMs: nextMs } : span;
    });

const toTrackTimeline = (run: Run, clock: RtpClock): TrackTimeline => {
  const { take, track, userId, stream, kind, codec, ssrc } = run.track;
  const spans = toSpans(run, clock);
  const usualMs = usualIntervalMs(run);
  const gaps = run.gaps.map((gap) => toGap(gap, (rtp) => wallMs(clock, rtp), gapEnd(run, gap), usualMs));
  const pauses = run.pauses.map(({ fromRtp, toRtp, regular }) => ({
    ...{ startMs: wallMs(clock, fromRtp), endMs: wallMs(clock, toRtp), regular },
  }));
  const arrivalGaps = run.arrivalGaps.map(({ fromMs, toMs }) => ({ startMs: fromMs, endMs: toMs }));
  const media = { spans, gaps, pauses, arrivalGaps, usualMs, killed: run.end?.cause === KILLED };
  return { take, track, userId, stream, kind, codec, ssrc, driftPpm: rateError(clock) * 1e6, ...media };
};

/** Something of it came, if only what had to be dropped. */
const hasCome = ({ segments, gaps, arrivals }: Run): boolean =>
  segments.length > 0 || (gaps.length > 0 && arrivals.size > 0);

/** The clocks of all runs. Those of one sender in one take are found together: their frames take the same route. */
function* clocksOf(runs: readonly Run[]): Sliced<Map<Run, RtpClock>> {
  const senders = new Map<string, Run[]>();
  for (const run of runs) {
    const sender = JSON.stringify([run.track.take, run.track.userId]);
    senders.set(sender, [...(senders.get(sender) ?? []), run]);
  }
  const clocks = new Map<Run, RtpClock>();
  for (const own of senders.values()) {
    const tracks = own.map((run) => ({
      kind: run.track.kind,
      series: completeArrivals(run).series(run.track.clockRate),
    }));
    const found = yield* fitClocks(tracks);
    for (const [index, clock] of found.entries()) {
      const run = own[index];
      if (run !== undefined) clocks.set(run, clock);
    }
  }
  return clocks;
}

/** Every run of which something came, on the wall clock. */
export function* trackTimelines({ runs }: Ledger): Sliced<TrackTimeline[]> {
  const clocks = yield* clocksOf([...runs.values()].filter(hasCome));
  return [...clocks].map(([run, clock]) => toTrackTimeline(run, clock)).sort((a, b) => a.track - b.track);
}
