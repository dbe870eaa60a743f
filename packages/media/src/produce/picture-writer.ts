import type { FilePlan } from '../plan/file-plan.ts';
import type { MatroskaFile } from './matroska-file.ts';
import { PictureGrid } from './picture-grid.ts';
import { PicturePlaces } from './picture-places.ts';

export interface Picture {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly wallMs: number;
  /** Ours, not the anchor's: showing it is not holding it. */
  readonly blank?: boolean;
}

export interface PictureFacts {
  /** When the last picture comes, and for how long it is shown. */
  readonly lastAtMs: number;
  readonly lastFrameMs: number;
  /** Time a picture was shown beyond what is usual between two frames. */
  readonly heldMs: number;
  /** How late the picture comes that is latest, because others were in its place. */
  readonly latestMs: number;
  /** Where each picture is. */
  readonly places: PicturePlaces;
}

/** Cameras send at least two pictures a second; from here on the picture is held, not slow. */
const USUAL_INTERVAL_MS = 500;

/**
 * Puts pictures in their places: ms since the file's start, on the grid, each in a place of its own. Each is shown
 * until the next.
 */
export class PictureWriter {
  readonly #file: MatroskaFile;
  readonly #plan: Pick<FilePlan, 'startMs' | 'endMs'>;
  readonly #grid = new PictureGrid();
  readonly #places = new PicturePlaces();
  #lastMs = 0;
  #only: Uint8Array | undefined;
  #blank = false;
  #heldMs = 0;
  #latestMs = 0;

  constructor(file: MatroskaFile, plan: Pick<FilePlan, 'startMs' | 'endMs'>) {
    this.#file = file;
    this.#plan = plan;
  }

  async write({ data, key, wallMs, blank = false }: Picture): Promise<void> {
    // The first picture covers the whole beginning.
    const wantedMs = this.#places.length === 0 ? 0 : wallMs - this.#plan.startMs;
    const atMs = this.#grid.place(wantedMs);
    if (this.#places.length > 0) this.#note(atMs - this.#lastMs);
    this.#latestMs = Math.max(this.#latestMs, atMs - wantedMs);
    this.#blank = blank;
    await this.#put(data, key, atMs);
    this.#only = this.#places.length === 1 ? data : undefined;
  }

  /** After the last picture. An only one is written twice: a stream of one frame has no time to measure it by. */
  async finish(): Promise<PictureFacts> {
    const lengthMs = Math.round(this.#plan.endMs - this.#plan.startMs);
    if (this.#only !== undefined) await this.#put(this.#only, true, Math.max(1, lengthMs >> 1));
    const lastFrameMs = Math.max(1, lengthMs - this.#lastMs);
    this.#note(lastFrameMs);
    return {
      lastAtMs: this.#lastMs,
      lastFrameMs,
      heldMs: this.#heldMs,
      latestMs: this.#latestMs,
      places: this.#places,
    };
  }

  async #put(data: Uint8Array, key: boolean, atMs: number): Promise<void> {
    await this.#file.write({ data, key, atMs });
    this.#lastMs = atMs;
    this.#places.add(atMs, key);
  }

  #note(shownMs: number): void {
    if (shownMs > USUAL_INTERVAL_MS && !this.#blank) this.#heldMs += shownMs;
  }
}
