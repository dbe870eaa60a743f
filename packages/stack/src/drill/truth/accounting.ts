import type { TimelineDocument } from '@trtc-recorder/contracts';
import { isInGap, isWhole, unaccountedMs, type Tone } from '../../judge/index.ts';
import type { Promised } from '../drilled-recording.ts';

/** A beep lasts so long, and is found in a file within so much of its second, ms. */
const BEEP_MS = 100;
const NEAR_MS = 400;
/** A gap's edge is known to a packet. */
const EDGE_MS = 20;

export interface AccountedFile {
  /** When the file's time 0 was, ms since the Unix epoch. */
  readonly startMs: number;
  readonly beeps: readonly Tone[];
}

export interface AccountInput {
  readonly timeline: TimelineDocument;
  readonly userId: string;
  /** What was promised, in media time, and how much of its video the files hold. */
  readonly promise: Promised;
  readonly deliveredMs: number;
  /** When the anchor's media time was 0, ms since the Unix epoch. */
  readonly mediaStart: number;
  readonly files: readonly AccountedFile[];
}

/**
 * By how much files and gaps together differ from what was promised, ms: the video by its numbered frames; the audio by a
 * beep a second, each of which has to be in a file or in a gap.
 */
export function accountErrorMs({ timeline, userId, promise, deliveredMs, mediaStart, files }: AccountInput): number {
  const streams = timeline.Anchors.find(({ UserId }) => UserId === userId)?.Streams ?? [];
  const gapsOf = (kind: 'audio' | 'video') => streams.flatMap(({ Gaps }) => Gaps.filter(({ Kind }) => Kind === kind));
  const published = { fromMs: mediaStart + promise.fromMs, toMs: mediaStart + promise.toMs };
  const video = Math.abs(unaccountedMs(published, deliveredMs, gapsOf('video')));
  const beeps = files.flatMap(({ startMs, beeps: heard }) =>
    heard.filter(isWhole).map(({ at }) => startMs + at * 1000 - mediaStart),
  );
  let amiss = 0;
  for (let second = Math.ceil(promise.fromMs / 1000); second * 1000 + BEEP_MS <= promise.toMs; second += 1) {
    const mediaMs = second * 1000;
    const isHeard = beeps.some((at) => Math.abs(at - mediaMs) <= NEAR_MS);
    const from = mediaStart + mediaMs;
    const around = { fromMs: from - EDGE_MS, toMs: from + BEEP_MS + EDGE_MS };
    const inside = gapsOf('audio').filter((gap) => gap.StartMs <= from && gap.EndMs >= from + BEEP_MS);
    // One or the other; a gap of several small ones may have a beep between them.
    const isBoth = isHeard && inside.some((gap) => gap.LostMs >= gap.EndMs - gap.StartMs - EDGE_MS);
    if (isBoth || (!isHeard && !isInGap(gapsOf('audio'), around))) amiss += 1;
  }
  return Math.max(video, amiss * BEEP_MS);
}
