import type { FilePlan } from '../plan/file-plan.ts';
import type { MatroskaFile } from './matroska-file.ts';

export interface PictureFacts {
  readonly frames: number;
  /** How long the last picture is shown, and the longest any is. */
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
  #lastMs = -1;
  #frames = 0;
  #longestHoldMs = 0;
  #heldMs = 0;

  constructor(file: MatroskaFile, plan: Pick<FilePlan, 'startMs' | 'endMs'>) {
    this.#file = file;
    this.#plan = plan;
  }

  /** `wallMs` is rounded to whole ms; two pictures never share one. */
  async write({ data, key, wallMs }: { data: Uint8Array; key: boolean; wallMs: number }): Promise<void> {
    const wanted = Math.round(wallMs - this.#plan.startMs);
    // The first picture covers the whole beginning; a run that overlaps the one before is pushed behind it.
    const atMs = this.#frames === 0 ? 0 : Math.max(wanted, this.#lastMs + 1);
    if (this.#frames > 0) this.#note(atMs - this.#lastMs);
    await this.#file.write({ data, key, atMs });
    this.#lastMs = atMs;
    this.#frames += 1;
  }

  #note(shownMs: number): void {
    this.#longestHoldMs = Math.max(this.#longestHoldMs, shownMs);
    if (shownMs > USUAL_INTERVAL_MS) this.#heldMs += shownMs;
  }

  /** After the last write. */
  facts(): PictureFacts {
    const lastFrameMs = Math.max(1, Math.round(this.#plan.endMs - this.#plan.startMs) - this.#lastMs);
    this.#note(lastFrameMs);
    return {
      frames: this.#frames,
      lastFrameMs,
      longestHoldMs: this.#longestHoldMs,
      heldMs: this.#heldMs,
    };
  }
}
