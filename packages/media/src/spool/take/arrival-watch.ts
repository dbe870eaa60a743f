/** A time in which no frame of a track arrived, ms since the Unix epoch. */
export interface ArrivalGap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Shorter times without a frame are jitter and silence that isn't sent. */
const SHORTEST_MS = 1_000;
/** Times of this many usual intervals show that something stopped. */
const INTERVALS = 4;
/** How fast the usual interval follows. */
const WEIGHT = 0.1;

/**
 * Finds times in which no frame of a track arrived. They show when a connection was down, also where every frame was sent
 * again afterwards and none is missing.
 */
export class ArrivalWatch {
  readonly #found: (gap: ArrivalGap) => void;
  #lastMs: number | undefined;
  #intervalMs: number | undefined;

  constructor(found: (gap: ArrivalGap) => void) {
    this.#found = found;
  }

  add(receivedAt: number): void {
    const last = this.#lastMs;
    this.#lastMs = Math.max(receivedAt, last ?? receivedAt);
    const apartMs = receivedAt - (last ?? receivedAt);
    if (last === undefined || apartMs <= 0) return;
    const usual = this.#intervalMs;
    if (usual !== undefined && apartMs > Math.max(SHORTEST_MS, usual * INTERVALS)) {
      this.#found({ fromMs: last, toMs: receivedAt });
      return;
    }
    this.#intervalMs = usual === undefined ? apartMs : usual + (apartMs - usual) * WEIGHT;
  }
}
