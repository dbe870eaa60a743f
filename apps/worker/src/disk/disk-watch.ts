import { statfs } from 'node:fs/promises';
import type { Logger } from '@trtc-recorder/runtime';
import { megabytes } from './megabytes.ts';

/** How often the file system is asked, ms. */
const LOOK_EVERY_MS = 2_000;

export interface DiskWatchOptions {
  /** Root of the spools. */
  readonly dir: string;
  /** Free bytes below which no further recording begins. */
  readonly floor: () => number;
  /** Called after each look. */
  readonly onLook: (watch: Pick<DiskWatch, 'free' | 'floor' | 'hasRoom'>) => void;
  readonly logger: Logger;
}

/**
 * The free space under WORK_DIR. A worker that has too little begins no further recording, which is no fault of the
 * recording: it waits for another worker, or for room.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #free = Infinity;
  #short = false;
  #answers = true;
  #looking: Promise<number> | null = null;

  private constructor(options: DiskWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  static async start(options: DiskWatchOptions): Promise<DiskWatch> {
    const watch = new DiskWatch(options);
    await watch.look();
    return watch;
  }

  /** Free bytes at the last look; Infinity while the file system does not answer. */
  get free(): number {
    return this.#free;
  }

  get floor(): number {
    return this.#options.floor();
  }

  /** Whether a further recording may begin. */
  get hasRoom(): boolean {
    return this.#free >= this.floor;
  }

  /** Asks now. A file system that cannot be asked is not taken for a full one: its fault is found by health/directory-check.ts. */
  look(): Promise<number> {
    // One at a time: each that hangs holds a thread, of which the whole process has four.
    return (this.#looking ??= this.#ask().finally(() => {
      this.#looking = null;
    }));
  }

  async #ask(): Promise<number> {
    const { dir, onLook, logger } = this.#options;
    try {
      const { bavail, bsize } = await statfs(dir);
      this.#free = bavail * bsize;
      this.#answers = true;
    } catch (error) {
      if (this.#answers) logger.warn({ err: error, dir }, 'the free space under WORK_DIR cannot be read');
      this.#free = Infinity;
      this.#answers = false;
    }
    this.#tell();
    onLook(this);
    return this.#free;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    const { logger, dir } = this.#options;
    if (this.hasRoom !== this.#short) return;
    this.#short = !this.#short;
    const facts = { dir, free: megabytes(this.#free), needed: megabytes(this.floor) };
    if (this.#short) logger.warn(facts, 'too little space under WORK_DIR: no further recording begins here');
    else logger.info(facts, 'enough space under WORK_DIR again: recordings begin here');
  }
}
