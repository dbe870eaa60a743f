import { allowedPartSize, MIN_PART_BYTES } from './part-size.ts';

export interface PaceLimits {
  /** Bytes of a part, and parts of one file at once, on a line that keeps up. */
  readonly partSize: number;
  readonly parallel: number;
}

/** By how much a part shrinks when its transfer broke off. */
const SHRINK = 4;
/** A buffer on the way (a proxy) hides all progress from us: then more time is the only help. */
const MAX_PATIENCE = 4;

/**
 * What the line to one bucket bears. A transfer that broke off or went silent is followed by fewer and smaller parts,
 * which lose less when they break off; each upload that succeeds goes a step back.
 */
export class Pace {
  readonly #limits: PaceLimits;
  #partSize: number;
  #parallel: number;
  #patience = 1;
  #restsUntil = 0;

  constructor({ partSize, parallel }: PaceLimits) {
    this.#limits = { partSize: allowedPartSize(partSize), parallel };
    this.#partSize = this.#limits.partSize;
    this.#parallel = parallel;
  }

  get partSize(): number {
    return this.#partSize;
  }

  get parallel(): number {
    return this.#parallel;
  }

  /** By how much longer than usual silence is borne. */
  get patience(): number {
    return this.#patience;
  }

  brokeOff(): void {
    if (this.#partSize === MIN_PART_BYTES) this.#patience = Math.min(this.#patience * 2, MAX_PATIENCE);
    this.#partSize = Math.max(Math.floor(this.#partSize / SHRINK), MIN_PART_BYTES);
    this.#parallel = 1;
  }

  succeeded(): void {
    this.#patience = Math.max(this.#patience / 2, 1);
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
