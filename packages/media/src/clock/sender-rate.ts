import type { ArrivalSeries } from './arrival-series.ts';
import type { Cells } from './cells.ts';
import { leastDelayLine, offsetAt, type Points } from './least-delay-line.ts';
import { median } from './statistics.ts';

/** Short windows, most of which lie between two jumps or stalls even where these follow each other closely. */
const SHORT_MS = 2_000;
const SHORT_FRAMES = 25;
/** A jump, a stall or a burst, but not jitter: windows end there, ms. */
const CUT_MS = 500;
/** A window that is cut off by a jump or the end counts if it has at least this part of its length. */
const CUT_OFF = 0.7;
/** Fewer frames do not show a rate. */
const FEWEST_FRAMES = 8;
/** A new short window begins this long after the one before. */
const STEP_MS = 500;
/** The windows this far around a moment say what the rate is there. */
const REACH_MS = 8_000;
const GRID_MS = 500;

export interface RateAround {
  /** By how much the sender's clock is slow. */
  readonly slope: number;
  /** Mean delay of frames above the least: what jitter and short delays amount to, ms. */
  readonly noiseMs: number;
}

interface ShortWindow extends RateAround {
  readonly arrivedMs: number;
}

/** How fast a track's clock runs around each moment, and how noisy its arrivals are there: medians of short windows. */
export class SenderRate {
  readonly #windows: ShortWindow[] = [];
  readonly #known = new Map<number, RateAround>();

  constructor({ arrivedMs, jumps }: ArrivalSeries, points: Points, cells: Cells) {
    const lastCell = cells.starts.length - 1;
    const arrived = (index: number): number => arrivedMs[index] ?? 0;
    const isCut = (index: number): boolean =>
      jumps.has(index) || Math.abs((points.offset[index] ?? 0) - (points.offset[index - 1] ?? 0)) > CUT_MS;
    const endOf = (cell: number): number => (cells.starts[cell + 1] ?? arrivedMs.length) - 1;
    let begunMs = -Infinity;
    let to = 0;
    for (let from = 0; from <= lastCell; from += 1) {
      const first = cells.starts[from] ?? 0;
      if (arrived(first) - begunMs < STEP_MS && !isCut(first)) continue;
      begunMs = arrived(first);
      to = Math.max(to, from);
      const isShort = (): boolean => arrived(endOf(to)) - begunMs < SHORT_MS || endOf(to) - first < SHORT_FRAMES;
      while (to < lastCell && isShort() && !isCut(cells.starts[to + 1] ?? 0)) to += 1;
      if (from > 0 && arrived(endOf(to)) - begunMs < SHORT_MS * CUT_OFF) continue;
      const { meanMedia, meanOffset, frames } = cells.sumsOf(from, to);
      if (frames < FEWEST_FRAMES) continue;
      const line = leastDelayLine(points, cells.hullOf(from, to), meanMedia);
      const noiseMs = meanOffset - offsetAt(line, meanMedia);
      this.#windows.push({ arrivedMs: (begunMs + arrived(endOf(to))) / 2, slope: line.slope, noiseMs });
    }
    this.#windows.sort((a, b) => a.arrivedMs - b.arrivedMs);
  }

  around(arrivedMs: number): RateAround {
    const place = Math.round(arrivedMs / GRID_MS);
    let known = this.#known.get(place);
    if (known === undefined) {
      const near = this.#near(place * GRID_MS);
      known = { slope: median(near.map(({ slope }) => slope)), noiseMs: median(near.map(({ noiseMs }) => noiseMs)) };
      this.#known.set(place, known);
    }
    return known;
  }

  #near(arrivedMs: number): ShortWindow[] {
    const windows = this.#windows;
    let low = 0;
    let high = windows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((windows[middle]?.arrivedMs ?? 0) < arrivedMs - REACH_MS) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (end < windows.length && (windows[end]?.arrivedMs ?? 0) <= arrivedMs + REACH_MS) end += 1;
    if (end > low) return windows.slice(low, end);
    return windows.slice(Math.max(0, low - 1), low + 1);
  }
}
