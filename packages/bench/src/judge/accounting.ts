import { readFile } from 'node:fs/promises';
import { TimelineDocumentSchema, type Kind, type TimelineDocument } from '@trtc-recorder/contracts';
import { clipSpec, type Delivery } from '@trtc-recorder/sandbox';
import { claimedMs, isInGap, unaccountedMs, type Bounds } from '@trtc-recorder/stack';
import type { AnchorSetup, BenchCase, TrackName } from '../case.ts';
import { EVENT_MS } from '../expected.ts';
import type { CaseRun } from '../run-case.ts';
import { SCREEN_FPS, type FoundFile } from './found.ts';
import { isStalled } from './stalled.ts';

type Stream = TimelineDocument['Anchors'][number]['Streams'][number];

/** How long an audio packet of the senders plays, ms. */
const PACKET_MS = 20;
/** A beep is found in a file within this of its moment. */
const NEAR_MS = 400;
/** A frame without a readable number that is darker is the black before the first. */
const BLACK = 25;

export const timelineOf = async ({ result, localPath }: CaseRun): Promise<TimelineDocument | undefined> => {
  if (result.Timeline === undefined) return undefined;
  const text = await readFile(localPath({ RecordFile: result.Timeline.Url }), 'utf8');
  return TimelineDocumentSchema.parse(JSON.parse(text));
};

/** What one track was sent, and what became of it. */
interface SentTrack {
  readonly setup: AnchorSetup;
  readonly track: TrackName;
  readonly deliveries: readonly Delivery[];
  readonly claims: Pick<Stream, 'Gaps' | 'Published'>;
  readonly files: readonly FoundFile[];
  /** By how much later the first frame that a bad network let through may be, ms. */
  readonly startSpareMs?: number;
}

/** Packets that are lost before the first one arrives are not asked for again: video begins with its next key frame. */
const startSpareMs = ({ network }: BenchCase, { clip }: AnchorSetup, track: TrackName): number => {
  if (network === undefined) return 0;
  const untilNextMs = track === 'audio' ? 5 * PACKET_MS : 2 * clipSpec(clip).gop * 1000;
  return untilNextMs + (network.jitterMs ?? 0);
};

const kindOf = (track: TrackName): Kind => (track === 'audio' ? 'audio' : 'video');

const frameMs = ({ setup, track }: SentTrack): number =>
  track === 'audio' ? PACKET_MS : 1000 / (track === 'sub' ? SCREEN_FPS : clipSpec(setup.clip).fps);

/**
 * When the track was sent to the recorder, by the room. A stop is no exact moment: from the request on, the recorder's own
 * end counts.
 */
function publishedOf(sent: SentTrack, stoppedMs: number): Bounds {
  const { deliveries, claims, track } = sent;
  const sentFromMs = Math.min(...deliveries.map((each) => each.fromMs));
  const sentToMs = Math.max(...deliveries.map((each) => each.toMs)) + frameMs(sent);
  const claimed = claims.Published.filter(({ Kind: kind }) => kind === kindOf(track));
  const claimedTo = Math.max(...claimed.map(({ EndMs }) => EndMs));
  const claimedFrom = Math.min(...claimed.map(({ StartMs }) => StartMs));
  const fromMs = Math.min(Math.max(claimedFrom, sentFromMs), sentFromMs + (sent.startSpareMs ?? 0));
  return { fromMs, toMs: Math.min(Math.max(claimedTo, stoppedMs), sentToMs) };
}

const stalls = ({ setup, track }: SentTrack): boolean =>
  track !== 'sub' && setup.timestamps?.[track === 'audio' ? 'audio' : 'video']?.stall !== undefined;

/** How long a camera that stalls sent nothing, by the frames that the room was given. */
const stalledMs = (sent: SentTrack, { fromMs, toMs }: Bounds): number => {
  if (!stalls(sent)) return 0;
  const frames = sent.deliveries
    .flatMap(({ pictures }) => Object.values(pictures))
    .reduce((sum, some) => sum + some, 0);
  return Math.max(0, toMs - fromMs - frames * frameMs(sent));
};

/** The video frames that the files show, each for its interval. */
const shownMs = (sent: SentTrack): number =>
  sent.files
    .flatMap(({ truth }) => truth.pictures)
    .filter(({ code, brightness }) => code !== undefined || brightness > BLACK).length * frameMs(sent);

/** Audio that reached the recorder, by the room: what was sent and what the network lost of it. What isn't sent, as silence or in a stall, is no gap. */
const heardMs = (sent: SentTrack, published: Bounds): number => {
  const { setup, deliveries } = sent;
  const lostAtMs = deliveries.flatMap((each) => each.lostAtMs);
  const lost = lostAtMs.filter((at) => at >= published.fromMs).length;
  if (setup.dtx === true || stalls(sent)) return published.toMs - published.fromMs - lost * PACKET_MS;
  const packets = deliveries.reduce((sum, each) => sum + each.packets, 0);
  const afterEnd = Math.max(...deliveries.map(({ toMs }) => toMs)) + PACKET_MS - published.toMs;
  const beforeStart = published.fromMs - Math.min(...deliveries.map(({ fromMs }) => fromMs));
  return (packets - lost) * PACKET_MS - afterEnd - beforeStart;
};

/** Beeps of the published time that are neither in a file nor in a gap, and those that are in both. */
function beepsAmiss({ setup, files, claims }: SentTrack, published: Bounds, mediaStartMs: number): number {
  const gaps = claims.Gaps.filter(({ Kind: kind }) => kind === 'audio');
  const beeps = files.flatMap((file) => file.beeps);
  let amiss = 0;
  const first = Math.ceil((published.fromMs - mediaStartMs) / 1000);
  for (let second = first; mediaStartMs + second * 1000 + EVENT_MS <= published.toMs; second += 1) {
    if (isStalled({ track: 'audio', second }, setup)) continue;
    const wallMs = mediaStartMs + second * 1000;
    const found = beeps.find((beep) => Math.abs(beep.wallMs - wallMs) <= NEAR_MS);
    const isWhole = found !== undefined && found.torn !== true;
    if (!isWhole && !isInGap(gaps, { fromMs: wallMs - PACKET_MS, toMs: wallMs + EVENT_MS + PACKET_MS })) amiss += 1;
  }
  return amiss;
}

/** How far file and gaps are from the published time of one track, ms. */
export function trackError(sent: SentTrack, stoppedMs: number, mediaStartMs: number | undefined): number {
  const published = publishedOf(sent, stoppedMs);
  const gaps = sent.claims.Gaps.filter(({ Kind: kind }) => kind === kindOf(sent.track));
  const unsentMs = stalledMs(sent, published);
  if (sent.track !== 'audio') return Math.abs(unaccountedMs(published, shownMs(sent) + unsentMs, gaps));
  const amiss = mediaStartMs === undefined ? 0 : beepsAmiss(sent, published, mediaStartMs);
  return Math.abs(unaccountedMs(published, heardMs(sent, published), gaps)) + amiss * EVENT_MS;
}

/** The worst of all tracks: what was sent has to be the files and the timeline's gaps together. */
export async function accountError(run: CaseRun, files: readonly FoundFile[]): Promise<number | null> {
  const timeline = await timelineOf(run);
  if (timeline === undefined) return null;
  const errors = run.benchCase.anchors.flatMap((setup) =>
    (['audio', 'main', 'sub'] as const).flatMap((track): number[] => {
      const deliveries = run.deliveries.filter((each) => each.publisherId === setup.userId && each.stream === track);
      if (deliveries.length === 0) return [];
      const streamType = track === 'sub' ? 'sub' : 'main';
      const anchor = timeline.Anchors.find(({ UserId }) => UserId === setup.userId);
      const claims = anchor?.Streams.find(({ StreamType }) => StreamType === streamType);
      const own = files.filter((file) => file.file.UserId === setup.userId && file.track === streamType);
      // Of a browser nobody but its own clock says when its seconds begin, and of a wrong clock they drift away.
      const exact = setup.browser !== true && setup.driftPpm === undefined;
      const starts = run.sent.filter((each) => each.userId === setup.userId && each.track === track);
      const sent = {
        setup,
        track,
        deliveries,
        claims: claims ?? { Gaps: [], Published: [] },
        files: own,
        startSpareMs: startSpareMs(run.benchCase, setup, track),
      };
      const isOneClock = new Set(starts.map(({ mediaStartMs }) => mediaStartMs)).size === 1;
      return [trackError(sent, run.stoppedMs, exact && isOneClock ? starts[0]?.mediaStartMs : undefined)];
    }),
  );
  return errors.length === 0 ? null : Math.max(...errors);
}

/** What the timeline says is missing of an anchor for a cause, per kind, against what the case did to it: in words. */
export async function wrongCauses(run: CaseRun): Promise<string[]> {
  const { gaps: wanted = [] } = run.benchCase;
  const timeline = await timelineOf(run);
  return wanted.flatMap(({ userId, kinds, cause, seconds, spareS = 1 }) =>
    kinds.flatMap((kind) => {
      const streams = timeline?.Anchors.find(({ UserId }) => UserId === userId)?.Streams ?? [];
      const gaps = streams.flatMap(({ Gaps }) => Gaps.filter((gap) => gap.Kind === kind && gap.Cause === cause));
      const foundS = claimedMs(gaps, { fromMs: 0, toMs: Infinity }) / 1000;
      const isRight = foundS > seconds - 0.3 && foundS < seconds + spareS;
      return isRight ? [] : [`${userId} ${kind}: ${foundS.toFixed(1)} s ${cause} instead of ${seconds} s`];
    }),
  );
}

/** Lines that the log should have once: in words. */
export const wrongLines = ({ benchCase: { log: wanted = [] }, log }: Pick<CaseRun, 'benchCase' | 'log'>): string[] =>
  wanted.flatMap((line) => {
    const times = log.filter((each) => line.test(each)).length;
    return times === 1 ? [] : [`${times} lines of the log are like ${String(line)}`];
  });
