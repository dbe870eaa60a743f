import type { FilePlan } from '../plan/file-plan.ts';
import type { MatroskaFile } from './matroska-file.ts';
import { PictureGrid } from './picture-grid.ts';
import { PicturePlaces } from './picture-places.ts';

export interface Picture {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly wallMs: number;
}

export interface PictureFacts {
  /** When the last picture comes, and for how long it is shown. */
  readonly lastAtMs: number;
  readonly lastFrameMs: number;
  /** How late the picture comes that is latest, because others were in its place. */
  readonly latestMs: number;
  /** Where each picture is. */
  readonly places: PicturePlaces;
}

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
  #latestMs = 0;

  constructor(file: MatroskaFile, plan: Pick<FilePlan, 'startMs' | 'endMs'>) {
    this.#file = file;
    this.#plan = plan;
  }

  async write({ data, key, wallMs }: Picture): Promise<void> {
    // The first picture covers the whole beginning.
    const wantedMs = this.#places.length === 0 ? 0 : wallMs - this.#plan.startMs;
    const atMs = this.#grid.place(wantedMs);
    this.#latestMs = Math.max(this.#latestMs, atMs - wantedMs);
    await this.#put(data, key, atMs);
    this.#only = this.#places.length === 1 ? data : undefined;
  }

  /** After the last picture. An only one is written twice: a stream of one frame has no time to measure it by. */
  async finish(): Promise<PictureFacts> {
    const lengthMs = Math.round(this.#plan.endMs - this.#plan.startMs);
    if (this.#only !== undefined) await this.#put(this.#only, true, Math.max(1, lengthMs >> 1));
    const lastFrameMs = Math.max(1, lengthMs - this.#lastMs);
    return {
      lastAtMs: this.#lastMs,
      lastFrameMs,
      latestMs: this.#latestMs,
      places: this.#places,
    };
  }

  async #put(data: Uint8Array, key: boolean, atMs: number): Promise<void> {
    await this.#file.write({ data, key, atMs });
    this.#lastMs = atMs;
    this.#places.add(atMs, key);
  }
}
