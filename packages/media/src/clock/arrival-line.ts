import type { Sliced } from '@trtc-recorder/runtime';
import type { ArrivalSeries } from './arrival-series.ts';
import { cutCells, type Cells } from './cells.ts';
import { certainJumps } from './certain-jumps.ts';
import { leastDelayLine, lineOfSlope, offsetAt, type Line, type Points } from './least-delay-line.ts';
import { SenderRate } from './sender-rate.ts';

/** Length of a window: a delay that ends within it is delay; a change that lasts for longer is followed. */
const WINDOW_MS = 10_000;
/** Slow tracks have few frames to choose the least delayed from: their windows are longer, up to the look-ahead. */
const WINDOW_FRAMES = 25;
const LONGEST_WINDOW_MS = 20_000;
/** At the ends of a track windows are cut off; shorter ones say too little. */
const SHORTEST_WINDOW_MS = 2_000;
/** With fewer frames, or in less time, a window does not show the rate of the sender's clock. */
const FIT_FRAMES = 8;
const FIT_MS = 1_000;
/** How much less a line counts away from the middle of its window, in units of noise / √frames. */
const END_DOUBT = 8;
/** How much less a line counts that got its slope from elsewhere, in the same units. */
const RATE_DOUBT = 2;
/** Rates of one clock, measured at two moments, differ by less. */
const SAME_RATE = 0.02;
/** A line whose frames are further from it than noise explains covers a jump, a stall or a rise: per ms of excess. */
const MISFIT_DOUBT = 4;
const USUAL_EXCESS = 1.3;
const USUAL_EXCESS_MS = 2;

/** Windows tried in a row before others have a turn. */
const SLICE = 50;

/** Where the frames `from` to `to` (exclusive) of a track would have arrived undelayed. */
export interface LinePiece {
  readonly from: number;
  readonly to: number;
  readonly line: Line;
  /** The sender's timestamps jumped for certain before the first of them. */
  readonly jump: boolean;
}

/**
 * Finds, for each moment of a track, when its frames would have arrived undelayed: the highest of the straight lines
 * that lie below all arrivals of a window around the moment. Windows begin and end at any cell, so that a moment right
 * before or after a jump of the sender's timestamps is judged by a window that lies on its own side. Uses nothing that
 * arrives more than LONGEST_WINDOW_MS later (docs/decisions/0044).
 */
export function* fitArrivalLine(series: ArrivalSeries): Sliced<LinePiece[]> {
  const { mediaMs, arrivedMs } = series;
  const offset = arrivedMs.map((arrived, index) => arrived - (mediaMs[index] ?? 0));
  const points: Points = { media: mediaMs, offset };
  yield;
  const cells = cutCells(series, points);
  yield;
  const rate = new SenderRate(series, points, cells);
  yield;
  const windows = new Windows(series, points, cells, rate);
  const jumps = new Set(certainJumps(series, points, rate));
  const begins = cells.starts.flatMap((start, cell) => (cell === 0 || jumps.has(start) ? [cell] : []));
  for (const [index, begin] of begins.entries())
    yield* windows.tryAll(begin, (begins[index + 1] ?? cells.starts.length) - 1);
  return cells.starts.map((from, cell) => ({
    from,
    to: cells.starts[cell + 1] ?? mediaMs.length,
    line: windows.lines[cell] ?? { offset: 0, slope: 0 },
    jump: jumps.has(from),
  }));
}

/** Tries all windows, and keeps the best line of each cell. */
class Windows {
  readonly lines: Line[] = [];
  readonly #score: Float64Array;
  readonly #series: ArrivalSeries;
  readonly #points: Points;
  readonly #cells: Cells;
  readonly #rate: SenderRate;
  /** The rate around each cell. */
  readonly #slopes: Float64Array;
  /** The last cell of the window that begins with each cell; -1: none was tried. */
  readonly #tried: Int32Array;

  constructor(series: ArrivalSeries, points: Points, cells: Cells, rate: SenderRate) {
    this.#series = series;
    this.#points = points;
    this.#cells = cells;
    this.#rate = rate;
    this.#score = new Float64Array(cells.starts.length).fill(-Infinity);
    this.#slopes = Float64Array.from(cells.starts, (_, cell) => rate.around(this.#arrivedAt(cell)).slope);
    this.#tried = new Int32Array(cells.starts.length).fill(-1);
  }

  /** All windows within the cells `first` to `last` (inclusive), between which no timestamps jumped for certain. */
  *tryAll(first: number, last: number): Sliced<void> {
    let to = first;
    for (let from = first; from <= last; from += 1) {
      to = Math.max(to, from);
      while (to < last && !this.#isWide(from, to)) to += 1;
      if (from > first && !this.#isWide(from, to) && this.#lengthMs(from, last) < SHORTEST_WINDOW_MS) break;
      this.#tryWindow(from, to);
      this.#tried[from] = to;
      if (from % SLICE === 0) yield;
    }
    let from = last;
    for (to = last; to >= first; to -= 1) {
      from = Math.min(from, to);
      while (from > first && !this.#isWide(from, to)) from -= 1;
      if (to < last && !this.#isWide(from, to) && this.#lengthMs(first, to) < SHORTEST_WINDOW_MS) return;
      if (this.#tried[from] !== to) this.#tryWindow(from, to);
      if (to % SLICE === 0) yield;
    }
  }

  #tryWindow(from: number, to: number): void {
    const cells = this.#cells;
    const hull = cells.hullOf(from, to);
    const { frames, meanMedia, meanOffset, firstMedia, lastMedia } = cells.sumsOf(from, to);
    const { slope, noiseMs } = this.#rate.around((this.#arrivedAt(from) + this.#arrivedAt(to)) / 2);
    const doubt = noiseMs / Math.sqrt(frames);
    const bySlope = lineOfSlope(this.#points, hull, slope);
    const fitted = frames >= FIT_FRAMES && lastMedia - firstMedia >= FIT_MS;
    const fit = fitted ? leastDelayLine(this.#points, hull, meanMedia) : bySlope;
    const excess = meanOffset - offsetAt(fit, meanMedia) - USUAL_EXCESS * noiseMs - USUAL_EXCESS_MS;
    const misfit = fitted ? MISFIT_DOUBT * Math.max(0, excess) : 0;
    const half = Math.max(1, (lastMedia - firstMedia) / 2);
    for (let cell = from; cell <= to; cell += 1) {
      const media = cells.middle(cell);
      const away = Math.abs(media - firstMedia - half) / half;
      this.#propose(cell, fit, offsetAt(fit, media) - misfit - END_DOUBT * doubt * away);
      if (Math.abs((this.#slopes[cell] ?? 0) - slope) <= SAME_RATE)
        this.#propose(cell, bySlope, offsetAt(bySlope, media) - RATE_DOUBT * doubt);
    }
  }

  #propose(cell: number, line: Line, score: number): void {
    if (score <= (this.#score[cell] ?? 0)) return;
    this.#score[cell] = score;
    this.lines[cell] = line;
  }

  #isWide(from: number, to: number): boolean {
    const ms = this.#lengthMs(from, to);
    const frames = (this.#cells.starts[to + 1] ?? this.#series.mediaMs.length) - (this.#cells.starts[from] ?? 0);
    return ms >= WINDOW_MS && (frames >= WINDOW_FRAMES || ms >= LONGEST_WINDOW_MS);
  }

  #lengthMs(from: number, to: number): number {
    const { arrivedMs } = this.#series;
    const last = (this.#cells.starts[to + 1] ?? arrivedMs.length) - 1;
    return (arrivedMs[last] ?? 0) - (arrivedMs[this.#cells.starts[from] ?? 0] ?? 0);
  }

  #arrivedAt(cell: number): number {
    return this.#series.arrivedMs[this.#cells.starts[cell] ?? 0] ?? 0;
  }
}
