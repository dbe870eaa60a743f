/** A recording of four anchors in modest video, until something was seen: bytes/s. */
const ASSUMED_RATE = 250_000;
/** How much the assumption weighs against what was seen, s. */
const ASSUMED_S = 600;
/** What is captured may go on for so long before it is looked at again by a person, s. */
const HORIZON_S = 1_800;
/** For journals, ballast and everybody else on the file system, bytes. */
const RESERVE = 256 * 1024 * 1024;
/** Bytes on the disk beside a segment's own while a file is made of it: its tracks put together, then the file. */
export const FILES_FACTOR = 2;

/** How fast recordings fill the disk, learnt from those this worker has captured. */
export class SizesSeen {
  #bytes = ASSUMED_RATE * ASSUMED_S;
  #seconds = ASSUMED_S;

  add(bytes: number, seconds: number): void {
    this.#bytes += bytes;
    this.#seconds += seconds;
  }

  /** Bytes a second of one recording. */
  get rate(): number {
    return this.#bytes / this.#seconds;
  }
}

/**
 * The free space a further recording needs: half an hour of it and of those that run, the making of the files of those
 * that run, and a reserve, bytes.
 */
export const derivedFloor = (rate: number, runningBytes: readonly number[]): number =>
  RESERVE +
  (runningBytes.length + 1) * rate * HORIZON_S +
  FILES_FACTOR * runningBytes.reduce((sum, bytes) => sum + bytes, 0);
