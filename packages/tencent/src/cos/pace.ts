import { allowedPartSize, MIN_PART_BYTES } from './part-size.ts';

export interface PaceLimits {
  /** Bytes of a part, and parts of one file at once, on a line that keeps up. */
  readonly partSize: number;
  readonly parallel: number;
  /** How long nothing of a request may come or go, ms. */
  readonly silenceMs: number;
}

/** By how much a part shrinks when its transfer broke off. */
const SHRINK = 4;
/** The longest silence that is borne, ms; a worker's place is held meanwhile. */
const MAX_SILENCE_MS = 600_000;

/**
 * What the line to one bucket bears. A transfer that broke off or went silent is followed by fewer and smaller parts,
 * which lose less when they break off; each upload that succeeds goes a step back.
 */
export class Pace {
  readonly #limits: PaceLimits;
  #partSize: number;
  #parallel: number;
  #silenceMs: number;
  #restsUntil = 0;

  constructor({ partSize, parallel, silenceMs }: PaceLimits) {
    this.#limits = { partSize: allowedPartSize(partSize), parallel, silenceMs };
    this.#silenceMs = silenceMs;
    this.#partSize = this.#limits.partSize;
    this.#parallel = parallel;
  }

  get partSize(): number {
    return this.#partSize;
  }

  get parallel(): number {
    return this.#parallel;
  }

  /** How long nothing of a request may come or go, ms. */
  get silenceMs(): number {
    return this.#silenceMs;
  }

  /**
   * The transfer of a body of so many bytes broke off. `silent`: nothing was heard for too long. Buffers on the way (of a
   * proxy, of the other side's kernel) hide how a slow line gets on, so the next attempt bears twice the silence.
   */
  brokeOff(bytes: number, silent: boolean): void {
    const most = Math.max(MAX_SILENCE_MS, this.#limits.silenceMs);
    if (silent) this.#silenceMs = Math.min(this.#silenceMs * 2, most);
    this.#partSize = Math.max(Math.floor(Math.min(this.#partSize, bytes) / SHRINK), MIN_PART_BYTES);
    this.#parallel = 1;
  }

  succeeded(): void {
    this.#silenceMs = Math.max(this.#silenceMs / 2, this.#limits.silenceMs);
    this.#partSize = Math.min(this.#partSize * 2, this.#limits.partSize);
    this.#parallel = Math.min(this.#parallel + 1, this.#limits.parallel);
  }

  /** COS asked for it (Retry-After). */
  rest(ms: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, performance.now() + ms);
  }

  /** How long COS is left alone yet, ms; 0: not at all. */
  get restMs(): number {
    return Math.max(0, Math.ceil(this.#restsUntil - performance.now()));
  }
}

/** One pace for each bucket. */
export class Paces {
  readonly #limits: PaceLimits;
  readonly #paces = new Map<string, Pace>();

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  of({ bucket, region }: { readonly bucket: string; readonly region: string }): Pace {
    const key = `${bucket} ${region}`;
    const pace = this.#paces.get(key) ?? new Pace(this.#limits);
    this.#paces.set(key, pace);
    return pace;
  }
}
