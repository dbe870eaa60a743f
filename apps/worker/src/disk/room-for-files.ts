import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { FilePlan } from '@trtc-recorder/media';
import { AppError } from '@trtc-recorder/runtime';
import type { Files } from '../ports.ts';
import { FILES_FACTOR } from './floor.ts';
import { megabytes } from './megabytes.ts';

/** Silence and held pictures need something too: bytes for a second of any file, and for any file at all. */
const PER_SECOND = 24_000;
const PER_FILE = 2_000_000;

/**
 * Makes files only where there is room for them: while several would not fit, one after the other. One that does not
 * even fit alone is not begun. Error: SpoolFull, which a later attempt may mend; the segments stay.
 */
export function roomForFiles(files: Files, free: () => Promise<number>): Files {
  const bench = new Bench(free);
  return {
    ...files,
    produce: async (plan, spoolDir, signal) => {
      const done = await bench.reserve(await bytesFor(plan, spoolDir), signal);
      try {
        return await files.produce(plan, spoolDir, signal);
      } finally {
        done();
      }
    },
  };
}

/** What the making of a file needs on the disk at most, bytes. */
export async function bytesFor(plan: FilePlan, spoolDir: string): Promise<number> {
  const names = new Set([...plan.audio, ...plan.video].map(({ file }) => file));
  let segments = 0;
  for (const name of names)
    segments += await stat(path.join(spoolDir, name)).then(
      ({ size }) => size,
      () => 0,
    );
  return PER_FILE + FILES_FACTOR * segments + (PER_SECOND * (plan.endMs - plan.startMs)) / 1000;
}

class Bench {
  readonly #free: () => Promise<number>;
  readonly #reserved = new Set<{ readonly bytes: number }>();
  #waiting: (() => void)[] = [];

  constructor(free: () => Promise<number>) {
    this.#free = free;
  }

  /** Waits while others that are being made take the room. Gives the way to say that it is made. */
  async reserve(bytes: number, signal: AbortSignal): Promise<() => void> {
    const place = { bytes };
    for (;;) {
      const free = await this.#free();
      signal.throwIfAborted();
      const others = [...this.#reserved].reduce((sum, other) => sum + other.bytes, 0);
      if (free - others >= bytes) break;
      if (this.#reserved.size === 0)
        throw new AppError(
          'SpoolFull',
          `the making of the file needs ${megabytes(bytes)}, and ${megabytes(free)} are free under WORK_DIR`,
          // Space may be made, by a person or by the next recording that is delivered.
          { retryable: true },
        );
      await this.#oneIsMade(signal);
    }
    this.#reserved.add(place);
    return () => {
      this.#reserved.delete(place);
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  #oneIsMade(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
