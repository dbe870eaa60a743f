import type { Codec, Kind, StreamType } from '@trtc-recorder/contracts';
import { Arrivals, type ClockStep } from '../clock/arrivals.ts';
import { clockResiduals, type Residual } from '../clock/residuals.ts';
import { toPoints } from '../clock/observation.ts';
import { clockBetween, fitRtpClock, wallMs, type RtpClock } from '../clock/rtp-clock.ts';
import { slipsOf } from '../clock/slips.ts';
import type { JournalEntryOf } from '../spool/journal/journal-entry.ts';
import { lastFrameMs, usualIntervalMs } from './frame-length.ts';
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
  /** What the arrivals say of the clock's truth. */
  readonly residuals: readonly Residual[];
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
  startMs: wallMs(clock, segment.firstRtp),
  endMs: wallMs(clock, segment.lastRtp) + lastFrameMs(run, segment),
  clock: clockBetween(clock, segment.firstRtp, segment.lastRtp),
});

/** A run killed before its first clock line: the moment its first segment was opened has to do. */
const observationsOf = (run: Run) => {
  const first = run.segments[0];
  if (run.observations.length > 0 || first === undefined) return run.observations;
  return [{ rtp: first.firstRtp, receivedAt: (run.opened ?? run.track).at }];
};

const spanTicks = ({ observations }: Run): number =>
  observations.reduce((high, { rtp }) => Math.max(high, rtp), -Infinity) -
  observations.reduce((low, { rtp }) => Math.min(low, rtp), Infinity);

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
  const residuals = clockResiduals(clock, run.observations);
  const arrivalGaps = run.arrivalGaps.map(({ fromMs, toMs }) => ({ startMs: fromMs, endMs: toMs }));
  const media = { residuals, spans, gaps, pauses, arrivalGaps, usualMs, killed: run.end?.cause === KILLED };
  return { take, track, userId, stream, kind, codec, ssrc, driftPpm: clock.drift * 1e6, ...media };
};

/** Something of it came, if only what had to be dropped. */
const hasCome = ({ segments, gaps, observations }: Run): boolean =>
  segments.length > 0 || (gaps.length > 0 && observations.length > 0);

/** Tells where a run's timestamps stood still: by what came of the same sender in the same take, and so the same way. */
const slipsAmong = (runs: readonly Run[]): ((run: Run) => ClockStep[]) => {
  const senderOf = ({ track: { take, userId } }: Run): string => JSON.stringify([take, userId]);
  const arrivals = new Map<string, Map<Run, Arrivals>>();
  for (const run of runs) {
    const ofSender = arrivals.get(senderOf(run)) ?? new Map<Run, Arrivals>();
    arrivals.set(senderOf(run), ofSender);
    ofSender.set(run, new Arrivals(toPoints(run.observations, run.track.clockRate), run.steps));
  }
  return (run) => {
    const ofSender = arrivals.get(senderOf(run));
    const own = ofSender?.get(run);
    if (ofSender === undefined || own === undefined || run.steps.length === 0) return [];
    const others = [...ofSender].flatMap(([other, seen]) => (other === run ? [] : [seen]));
    return slipsOf(own, run.track.kind, others);
  };
};

/**
 * Every run of which something came, on the wall clock. The longest run of an anchor's audio, and of its video, tells the drift of
 * the shorter ones: a sound card's and a camera's clock are two clocks, but each stays the same across restarts.
 */
export const trackTimelines = ({ runs }: Ledger): TrackTimeline[] => {
  const drifts = new Map<string, number>();
  const slipsIn = slipsAmong([...runs.values()]);
  return [...runs.values()]
    .filter(hasCome)
    .sort((a, b) => spanTicks(b) - spanTicks(a))
    .map((run) => {
      const sender = JSON.stringify([run.track.userId, run.track.kind]);
      const expectedDrift = drifts.get(sender) ?? 0;
      const clock = fitRtpClock({
        clockRate: run.track.clockRate,
        observations: observationsOf(run),
        slips: slipsIn(run),
        expectedDrift,
      });
      if (!drifts.has(sender)) drifts.set(sender, clock.drift);
      return toTrackTimeline(run, clock);
    })
    .sort((a, b) => a.track - b.track);
};
