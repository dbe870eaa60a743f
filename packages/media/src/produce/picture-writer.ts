import type { FilePlan } from '../plan/file-plan.ts';
import type { MatroskaFile } from './matroska-file.ts';

export interface Picture {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly wallMs: number;
  /** Ours, not the anchor's: showing it is not holding it. */
  readonly blank?: boolean;
}

export interface PictureFacts {
  readonly frames: number;
  /** When the last picture comes, and for how long it is shown; how long any is shown at most. */
  readonly lastAtMs: number;
  readonly lastFrameMs: number;
  readonly longestHoldMs: number;
  /** Time a picture was shown beyond what is usual between two frames. */
  readonly heldMs: number;
}

/** Cameras send at least two pictures a second; from here on the picture is held, not slow. */
const USUAL_INTERVAL_MS = 500;

/** Puts pictures in their places: ms since the file's start, strictly rising. Each is shown until the next. */
export class PictureWriter {
  readonly #file: MatroskaFile;
  readonly #plan: Pick<FilePlan, 'startMs' | 'endMs'>;
  #lastMs = 0;
  #only: Uint8Array | undefined;
  #blank = false;
  #frames = 0;
  #longestHoldMs = 0;
  #heldMs = 0;

  constructor(file: MatroskaFile, plan: Pick<FilePlan, 'startMs' | 'endMs'>) {
    this.#file = file;
    this.#plan = plan;
  }

  /** `wallMs` is rounded to whole ms; two pictures never share one. */
  async write({ data, key, wallMs, blank = false }: Picture): Promise<void> {
    const wanted = Math.round(wallMs - this.#plan.startMs);
    // The first picture covers the whole beginning; a run that overlaps the one before is pushed behind it.
    const atMs = this.#frames === 0 ? 0 : Math.max(wanted, this.#lastMs + 1);
    if (this.#frames > 0) this.#note(atMs - this.#lastMs);
    this.#blank = blank;
    await this.#put(data, key, atMs);
    this.#only = this.#frames === 1 ? data : undefined;
  }

  /** After the last picture. An only one is written twice: a stream of one frame has no time to measure it by. */
  async finish(): Promise<PictureFacts> {
    const lengthMs = Math.round(this.#plan.endMs - this.#plan.startMs);
    if (this.#only !== undefined) await this.#put(this.#only, true, Math.max(1, lengthMs >> 1));
    const lastFrameMs = Math.max(1, lengthMs - this.#lastMs);
    this.#note(lastFrameMs);
    return {
      frames: this.#frames,
      lastAtMs: this.#lastMs,
      lastFrameMs,
      longestHoldMs: this.#longestHoldMs,
      heldMs: this.#heldMs,
    };
  }

  async #put(data: Uint8Array, key: boolean, atMs: number): Promise<void> {
    await this.#file.write({ data, key, atMs });
    this.#lastMs = atMs;
    this.#frames += 1;
  }

  #note(shownMs: number): void {
    this.#longestHoldMs = Math.max(this.#longestHoldMs, shownMs);
    if (shownMs > USUAL_INTERVAL_MS && !this.#blank) this.#heldMs += shownMs;
  }
}
