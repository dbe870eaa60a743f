import type { ArrivalSeries } from './arrival-series.ts';
import { appendToHull, type Points } from './least-delay-line.ts';

/** A cell lasts about this long. Where a slow track's rate changes, its frames are far apart: cells are shorter. */
const CELL_MS = { audio: 500, video: 250 };
const AUDIO_RATE = 48_000;
/** A frame this far from the one before begins a cell of its own. */
const APART_MS = 150;
/** The largest rise and fall of the offset in a cell divide it, if its level changes there by more than this. */
const DIVIDES_MS = 5;

/** What is needed of the frames of some cells. */
export interface CellSums {
  readonly frames: number;
  readonly meanMedia: number;
  readonly meanOffset: number;
  readonly firstMedia: number;
  readonly lastMedia: number;
}

/** A track's frames divided into short cells, at whose borders windows begin and end. */
export class Cells {
  /** Index of each cell's first frame. */
  readonly starts: readonly number[];
  readonly #points: Points;
  readonly #hulls: readonly (readonly number[])[];
  /** Sums over all frames before a cell. */
  readonly #media: Float64Array;
  readonly #offset: Float64Array;

  constructor(points: Points, starts: readonly number[]) {
    const count = points.media.length;
    this.starts = starts;
    this.#points = points;
    this.#media = new Float64Array(starts.length + 1);
    this.#offset = new Float64Array(starts.length + 1);
    this.#hulls = starts.map((from, cell) => {
      const to = starts[cell + 1] ?? count;
      const hull: number[] = [];
      let media = this.#media[cell] ?? 0;
      let offset = this.#offset[cell] ?? 0;
      for (let index = from; index < to; index += 1) {
        media += points.media[index] ?? 0;
        offset += points.offset[index] ?? 0;
        appendToHull(points, hull, [index]);
      }
      this.#media[cell + 1] = media;
      this.#offset[cell + 1] = offset;
      return hull;
    });
  }

  /** The lower convex hull of the frames of the cells `from` to `to` (inclusive), as indices. */
  hullOf(from: number, to: number): number[] {
    const hull: number[] = [];
    for (let cell = from; cell <= to; cell += 1) appendToHull(this.#points, hull, this.#hulls[cell] ?? []);
    return hull;
  }

  sumsOf(from: number, to: number): CellSums {
    const first = this.starts[from] ?? 0;
    const end = this.starts[to + 1] ?? this.#points.media.length;
    const frames = end - first;
    return {
      frames,
      meanMedia: ((this.#media[to + 1] ?? 0) - (this.#media[from] ?? 0)) / frames,
      meanOffset: ((this.#offset[to + 1] ?? 0) - (this.#offset[from] ?? 0)) / frames,
      firstMedia: this.#points.media[first] ?? 0,
      lastMedia: this.#points.media[end - 1] ?? 0,
    };
  }

  /** Media time in the middle of a cell, ms. */
  middle(cell: number): number {
    const end = this.starts[cell + 1] ?? this.#points.media.length;
    return ((this.#points.media[this.starts[cell] ?? 0] ?? 0) + (this.#points.media[end - 1] ?? 0)) / 2;
  }
}

/** Whether the offset is at another level from a frame on: all of one side are beyond the least delayed of the other. */
const isStep = ({ offset }: Points, from: number, border: number, to: number): boolean => {
  let [before, after] = [Infinity, Infinity];
  for (let index = from; index < border; index += 1) before = Math.min(before, offset[index] ?? 0);
  for (let index = border; index < to; index += 1) after = Math.min(after, offset[index] ?? 0);
  return Math.abs(after - before) > DIVIDES_MS;
};

/** Divides a track into cells, at least at the frames where its timestamps may have jumped or stalled. */
export function cutCells({ mediaMs, arrivedMs, jumps, clockRate }: ArrivalSeries, points: Points): Cells {
  const cellMs = clockRate === AUDIO_RATE ? CELL_MS.audio : CELL_MS.video;
  const starts = new Set([0]);
  const rise = (index: number): number => (points.offset[index] ?? 0) - (points.offset[index - 1] ?? 0);
  let begun = 0;
  let highest: number | undefined;
  let lowest: number | undefined;
  for (let index = 1; index < mediaMs.length; index += 1) {
    const apartMs = Math.max(
      (mediaMs[index] ?? 0) - (mediaMs[index - 1] ?? 0),
      (arrivedMs[index] ?? 0) - (arrivedMs[index - 1] ?? 0),
    );
    if (jumps.has(index) || apartMs >= APART_MS) starts.add(index);
    if (highest === undefined || rise(index) > rise(highest)) highest = index;
    if (lowest === undefined || rise(index) < rise(lowest)) lowest = index;
    if (Math.abs((arrivedMs[index] ?? 0) - (arrivedMs[begun] ?? 0)) < cellMs) continue;
    starts.add(index);
    for (const border of [highest, lowest]) if (isStep(points, begun, border, index)) starts.add(border);
    begun = index;
    highest = undefined;
    lowest = undefined;
  }
  return new Cells(
    points,
    [...starts].sort((a, b) => a - b),
  );
}
