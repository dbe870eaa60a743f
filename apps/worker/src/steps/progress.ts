import type { Progress } from '@trtc-recorder/contracts';
import { lastKnown } from '../last-known.ts';
import type { Job } from '../ports.ts';

/** How often progress is written to Redis while capturing, ms. */
const CAPTURE_EVERY_MS = 2_000;
const NONE: Progress = { Step: 'join', Anchors: 0, Seconds: 0, Bytes: 0, Files: 0, Converted: 0, Uploaded: 0 };

/** Progress while capturing: written at most every 2 s and never waited for. `startedAt` is ms since the epoch. */
export function captureProgress(
  job: Pick<Job, 'progress'>,
  startedAt: number,
  onError: (error: unknown) => void,
): (stats: { anchors: number; bytes: number }, now: number) => void {
  let next = -Infinity;
  let progress = NONE;
  const write = lastKnown(undefined, () => job.progress(progress), onError);
  return ({ anchors, bytes }, now) => {
    if (now < next) return;
    next = now + CAPTURE_EVERY_MS;
    const Seconds = Math.round((now - startedAt) / 1000);
    progress = { ...NONE, Step: 'capture', Anchors: anchors, Bytes: bytes, Seconds };
    write();
  };
}

/** Progress of the files, written at every change. */
export class FileProgress {
  readonly #job: Pick<Job, 'progress'>;
  #progress: Progress;

  constructor(job: Pick<Job, 'progress'>, known: Partial<Progress>) {
    this.#job = job;
    this.#progress = { ...NONE, Step: 'transcode', ...known };
  }

  async report(change: Partial<Progress> = {}): Promise<void> {
    this.#progress = { ...this.#progress, ...change };
    await this.#job.progress(this.#progress);
  }

  converted(): Promise<void> {
    return this.report({ Step: 'upload', Converted: this.#progress.Converted + 1 });
  }

  uploaded(): Promise<void> {
    return this.report({ Step: 'upload', Uploaded: this.#progress.Uploaded + 1 });
  }
}
