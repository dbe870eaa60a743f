import type { Stretch } from '../timeline/stretch.ts';
import { leastDelayed } from './drift.ts';
import type { Observation } from './observation.ts';
import { wallMs, type RtpClock } from './rtp-clock.ts';

/** How much later than the clock says the least delayed frames around a moment came. 0: the clock is right. */
export interface Residual {
  /** Wall clock, ms since the epoch. */
  readonly atMs: number;
  readonly ms: number;
}

/** Congestion is over within this; what stays for longer on both sides of a moment is the clock's error. */
const REACH_MS = 60_000;

/** What is left of arrivals when the clock and passing delays are taken away. */
export const clockResiduals = (clock: RtpClock, observations: readonly Observation[]): Residual[] => {
  if (observations.length === 0) return [];
  const points = observations.map(({ rtp, receivedAt }) => {
    const mediaMs = wallMs(clock, rtp);
    return { rtp, mediaMs, offsetMs: receivedAt - mediaMs };
  });
  const least = leastDelayed(points.sort((a, b) => a.mediaMs - b.mediaMs));
  return least.map(({ mediaMs: atMs }) => {
    const near = least.filter((point) => Math.abs(point.mediaMs - atMs) <= REACH_MS);
    return { atMs, ms: Math.min(...near.map(({ offsetMs }) => offsetMs)) };
  });
};

/**
 * Where the clocks of a stream's sound and picture disagree most within the bounds: by how much the picture is late
 * against the sound (negative: early), as far as their arrivals can tell.
 */
export const clockSkew = (audio: readonly Residual[], video: readonly Residual[], bounds: Stretch): number => {
  const inside = ({ atMs }: Residual): boolean => atMs >= bounds.startMs && atMs <= bounds.endMs;
  const sound = audio.filter(inside);
  const skews = video.filter(inside).flatMap((picture) => {
    const distance = ({ atMs }: Residual): number => Math.abs(atMs - picture.atMs);
    const nearest = sound.reduce<Residual | undefined>(
      (best, other) => (best === undefined || distance(other) < distance(best) ? other : best),
      undefined,
    );
    return nearest === undefined || distance(nearest) > REACH_MS ? [] : [nearest.ms - picture.ms];
  });
  return skews.reduce((worst, skew) => (Math.abs(skew) > Math.abs(worst) ? skew : worst), 0);
};
