import type { TapStats } from '../src/page-protocol.ts';
import { keyOf, type Track } from './roster.ts';
import type { Tap } from './tap-registry.ts';
import type { Reception } from './tap-suspicion.ts';
import type { TapCount } from './worker-protocol.ts';

/** RTP packets a receiver got, and those known to be lost, over all its senders. */
export async function packetsOf(receiver: RTCRtpReceiver): Promise<{ packets: number; lost: number }> {
  const sum = { packets: 0, lost: 0 };
  (await receiver.getStats()).forEach((report: RTCStats) => {
    if (report.type !== 'inbound-rtp') return;
    const { packetsReceived, packetsLost } = report as RTCInboundRtpStreamStats;
    sum.packets += packetsReceived ?? 0;
    sum.lost += Math.max(0, packetsLost ?? 0);
  });
  return sum;
}

/** What a receiver got under some of its SSRCs. */
export async function receptionOf(receiver: RTCRtpReceiver, counts: (ssrc: number) => boolean): Promise<Reception> {
  const sum = { packets: 0, played: 0 };
  (await receiver.getStats()).forEach((report: RTCStats) => {
    if (report.type !== 'inbound-rtp') return;
    const { ssrc, packetsReceived, jitterBufferEmittedCount } = report as RTCInboundRtpStreamStats;
    if (!counts(ssrc)) return;
    sum.packets += packetsReceived ?? 0;
    sum.played += jitterBufferEmittedCount ?? 0;
  });
  return sum;
}

/** How many frames were tapped of a track, under SSRCs that belong to it. */
export function framesByTrack(
  taps: readonly Tap[],
  counts: readonly TapCount[],
  ownerOf: (tap: Tap, ssrc: number) => Track | undefined,
): (track: Track) => number {
  const frames = new Map<string, number>();
  for (const { tap: number, senders } of counts)
    for (const { ssrc, frames: more } of senders) {
      const tap = taps[number];
      const owner = tap && ownerOf(tap, ssrc);
      if (owner) frames.set(keyOf(owner), (frames.get(keyOf(owner)) ?? 0) + more);
    }
  return (track) => frames.get(keyOf(track)) ?? 0;
}

/** The state of every receiver that ever had a frame. */
export async function readStats(
  taps: readonly Tap[],
  counts: readonly TapCount[],
  ownerOf: (tap: Tap, ssrc: number) => Track | undefined,
): Promise<TapStats[]> {
  const used = counts.flatMap(({ tap: number, ssrc, frames }) => {
    const tap = taps[number];
    return tap === undefined ? [] : [{ tap, ssrc, frames }];
  });
  return Promise.all(
    used.map(async ({ tap, ssrc, frames }) => {
      const owner = ownerOf(tap, ssrc);
      const named = owner && { userId: owner.userId, stream: owner.stream };
      return { tap: tap.tap, kind: tap.kind, ssrc, owner: named, frames, ...(await packetsOf(tap.receiver)) };
    }),
  );
}

/** How long the jitter buffer of a receiver holds frames at present: ms, averaged over its life. */
export async function playoutDelay(receiver: RTCRtpReceiver): Promise<number> {
  let delay = 0;
  (await receiver.getStats()).forEach((report: RTCStats) => {
    if (report.type !== 'inbound-rtp') return;
    const { jitterBufferDelay = 0, jitterBufferEmittedCount = 0 } = report as RTCInboundRtpStreamStats;
    if (jitterBufferEmittedCount > 0) delay = (1000 * jitterBufferDelay) / jitterBufferEmittedCount;
  });
  return delay;
}
