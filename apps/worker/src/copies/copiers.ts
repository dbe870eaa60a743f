import type { Logger } from '@trtc-recorder/runtime';
import pLimit from 'p-limit';
import type { Config } from '../config.ts';
import type { Job, RecordingSpool } from '../ports.ts';
import { ByteRate } from './byte-rate.ts';
import { Copier, type CopyLimits } from './copier.ts';
import { isSamePlace, type CopyBucket, type CopyPlace } from './copy-bucket.ts';

/** Copies in memory at once, over all recordings of the worker. */
const AT_ONCE = 8;

interface Where {
  readonly bucket: (job: Job, signal: AbortSignal) => CopyBucket;
  /** Where copies of the recording would go if it had none. */
  readonly newPlace: (job: Job) => CopyPlace | undefined;
}

/**
 * The copying of a worker's spools, one copier a recording. It goes on after a recording was handed back or is being
 * converted, until all is copied.
 */
export class Copiers {
  readonly #limits: CopyLimits;
  readonly #periodMs: number;
  readonly #where: Where;
  readonly #logger: Logger;
  readonly #running = new Map<string, Copier>();

  constructor(config: Config, where: Where, logger: Logger) {
    this.#limits = { inTurn: pLimit(AT_ONCE), rate: new ByteRate(config.SPOOL_COPY_MAX_BYTES_PER_S) };
    this.#periodMs = config.SPOOL_COPY_MS;
    this.#where = where;
    this.#logger = logger;
  }

  /** Begins to copy a spool, after what an earlier run of its recording may still be copying was broken off. */
  async begin(job: Job, spool: RecordingSpool): Promise<Copier> {
    await this.end(job);
    const { requestId } = job.recording;
    const copier = new Copier({
      spool,
      bucket: (signal) => this.#where.bucket(job, signal),
      limits: this.#limits,
      periodMs: this.#periodMs,
      move: () => this.#move(job),
      handedOver: () => job.signal.aborted,
      tell: (line) => {
        this.#logger.warn({ requestId }, line);
        job.log(`copies: ${line}`).catch(() => undefined);
      },
    });
    this.#running.set(requestId, copier);
    void copier.done.then(() => this.#running.get(requestId) === copier && this.#running.delete(requestId));
    return copier;
  }

  /** Nothing more will be captured in this worker: waits up to `limitMs` until all is copied. */
  async finishAll(limitMs: number): Promise<void> {
    await Promise.all([...this.#running.values()].map((copier) => copier.finish(limitMs)));
    if (this.#running.size > 0) {
      const requestIds = [...this.#running.keys()];
      this.#logger.warn({ requestIds }, 'spools that could not be copied to their end; it is on this disk alone');
    }
  }

  async end({ recording: { requestId } }: Job): Promise<void> {
    await this.#running.get(requestId)?.stop();
  }
  /**
   * A recording that was given another bucket, and keys for that one alone, goes there. As long as the old keys do, its
   * copies stay of one piece.
   */
  async #move(job: Job): Promise<boolean> {
    const from = job.state.copiesIn;
    const copiesIn = this.#where.newPlace(job);
    if (from === undefined || copiesIn === undefined || isSamePlace(from, copiesIn)) return false;
    await job.save({ copiesIn });
    return true;
  }
}
