import type { ArrivalSeries } from './arrival-series.ts';
import type { Points } from './least-delay-line.ts';
import type { SenderRate } from './sender-rate.ts';

/** So many frames on either side of a jump show the level of the offset there. */
const LEVEL_FRAMES = 12;
/** A jump is certain if it is larger than this and so many times the noise; video has no sequence numbers to prove it. */
const LEAST_MS = 25;
const NOISES = { audio: 1, video: 3 };
/** No route becomes longer by so much: it is the sender that stopped, and its timestamps with it. */
const STALL_MS = 1_000;
/** So much media shows whether frames come one by one or all at once, ms. */
const BURST_MS = 300;
/** The end of a delay brings the offset back to where it was within this time before; a jump brings it lower. */
const BEFORE_MS = 10_000;

/**
 * Frames before which the sender's timestamps jumped for certain: an audio frame whose sequence number shows that no
 * time passed, a video frame that is earlier than the least delayed one by more than the network can explain, and a frame
 * that is later than any route makes it. What lies before says nothing about what comes after.
 */
export function certainJumps(series: ArrivalSeries, points: Points, rate: SenderRate): number[] {
  const { jumps, arrivedMs } = series;
  const { offset, media } = points;
  const last = offset.length - 1;
  const levelOf = (from: number, to: number, slope: number, at: number): number => {
    let least = Infinity;
    for (let index = Math.max(0, from); index <= Math.min(last, to); index += 1)
      least = Math.min(least, (offset[index] ?? 0) - slope * ((media[index] ?? 0) - at));
    return least;
  };
  const found: number[] = [];
  for (let index = 1; index <= last; index += 1) {
    const fall = (offset[index - 1] ?? 0) - (offset[index] ?? 0);
    if (-fall >= STALL_MS && !isBurst(series, index, 1)) found.push(index);
    const early = fall >= LEAST_MS && !isBurst(series, index, 1) && !isBurst(series, index - 1, -1);
    if (!jumps.has(index) && !early) continue;
    const { slope, noiseMs } = rate.around(arrivedMs[index] ?? 0);
    const at = media[index] ?? 0;
    const begin = found.at(-1) ?? 0;
    const end = nextJump(jumps, index, index + LEVEL_FRAMES);
    const after = levelOf(index, end, slope, at);
    const before = levelOf(Math.max(begin, index - LEVEL_FRAMES), index - 1, slope, media[index - 1] ?? 0);
    if (jumps.has(index)) {
      if (found.at(-1) !== index && Math.abs(before - after) > LEAST_MS + NOISES.audio * noiseMs) found.push(index);
      continue;
    }
    const least = LEAST_MS + NOISES.video * noiseMs;
    let from = index - 1;
    while (from > begin && (arrivedMs[index] ?? 0) - (arrivedMs[from - 1] ?? 0) < BEFORE_MS) from -= 1;
    if (levelOf(from, index - 1, slope, at) - after > least && fall > least) found.push(index);
  }
  return found;
}

/** Whether frames come all at once, as a route delivers what it held back; or too few come to show it. */
const isBurst = ({ mediaMs, arrivedMs }: ArrivalSeries, index: number, step: 1 | -1): boolean => {
  const media = (to: number): number => Math.abs((mediaMs[to] ?? 0) - (mediaMs[index] ?? 0));
  let to = index;
  while (media(to) < BURST_MS && mediaMs[to + step] !== undefined) to += step;
  return media(to) < BURST_MS || Math.abs((arrivedMs[to] ?? 0) - (arrivedMs[index] ?? 0)) < media(to) / 2;
};

/** The last frame before the next jump, at most `limit`. */
const nextJump = (jumps: ReadonlySet<number>, index: number, limit: number): number => {
  for (let next = index + 1; next <= limit; next += 1) if (jumps.has(next)) return next - 1;
  return limit;
};
