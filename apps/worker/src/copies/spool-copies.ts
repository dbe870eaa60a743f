import { AppError, errorMessage, type Logger } from '@trtc-recorder/runtime';
import type { Config } from '../config.ts';
import type { WorkerInstruments } from '../metrics/catalogue.ts';
import { measuredCopies } from '../metrics/measured.ts';
import type { Job, RecordingSpool, SpoolCopies } from '../ports.ts';
import { copiesSpools, deliverySettings } from '../settings.ts';
import { withStepRetry } from '../step-retry.ts';
import { waitedMs, waiting } from '../waited.ts';
import { Copiers } from './copiers.ts';
import { copyBuckets, copyPlaces } from './copy-bucket.ts';
import { addToSpool, restoreOthers } from './restore.ts';

const RETRY = { retries: 5, minMs: 1_000, maxMs: 15_000 };
/** A worker that may still copy the end of its spool, and a bucket that is away, are asked for this often, ms. */
const ASK_AGAIN_MS = 30_000;

/** The copies of a worker's spools. */
export interface WorkerCopies extends SpoolCopies {
  /** The worker ends: what it still copies, for those who go on elsewhere, has so long. */
  finishAll(limitMs: number): Promise<void>;
}

/** No copies: all workers share their spools, or the operator wants none. */
const none: WorkerCopies = {
  place: () => undefined,
  begin: () => () => Promise.resolve(),
  restore: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  finishAll: () => Promise.resolve(),
};

export function createSpoolCopies(config: Config, instruments: WorkerInstruments, logger: Logger): WorkerCopies {
  if (!copiesSpools(config)) return none;
  const plain = copyBuckets(config, logger);
  const buckets: typeof plain = (job, signal) => measuredCopies(plain(job, signal), instruments);
  const place = copyPlaces(config);
  const copiers = new Copiers(config, { bucket: buckets, newPlace: place }, logger);
  const { spoolAwayMs } = deliverySettings(config);
  return {
    place,
    begin: (job, spool) => {
      const copier = copiers.begin(job, spool);
      return async (limitMs) => {
        await (await copier).finish(limitMs, job.signal);
      };
    },
    finishAll: (limitMs) => copiers.finishAll(limitMs),
    restore: async (job, spool) => {
      const retry = { what: 'restore', ...RETRY, signal: job.signal, log: (line: string) => job.log(line) };
      try {
        const others = await withStepRetry(retry, () => restoreOthers(job, spool, buckets(job, job.signal), logger));
        await waitForRest(job, others.worthWaitingMs);
        if (others.restored.length === 0) return;
        await copiers.end(job);
        await addToSpool(job, spool, others.restored, logger);
      } catch (error) {
        await afterFailure(job, spool, error, spoolAwayMs);
      }
    },
    remove: async (job) => {
      try {
        await copiers.end(job);
        const bucket = buckets(job);
        const keys = (await bucket.list('')).filter((key) => isTakenIn(job, key));
        if (keys.length > 0) await bucket.remove(keys);
      } catch (error) {
        await job.log(`copies: could not be removed from the bucket: ${errorMessage(error)}`);
      }
    },
  };
}

/** Copies of a spool that could not be had stay: nothing else may be left of what was captured into it. */
const isTakenIn = ({ state: { takenIn } }: Job, key: string): boolean =>
  takenIn?.some(({ spool }) => key.startsWith(`${spool}/`)) ?? true;

/** Gives the job back until the rest is copied too; returns when it isn't worth waiting any longer. */
async function waitForRest(job: Job, worthWaitingMs: number): Promise<void> {
  if (waitedMs(job.state.restAwaited, Date.now()) >= worthWaitingMs) return;
  await tryLater(job, 'the end of what another worker captured is not copied yet; that worker is waited for');
}

async function tryLater(job: Job, message: string): Promise<void> {
  await job.log(`restore: ${message}`);
  const now = Date.now();
  const restAwaited = waiting(waitedMs(job.state.restAwaited, now), now, ASK_AGAIN_MS);
  await job.save({ restAwaited, wait: { until: restAwaited.until, message } });
  await job.handBack(ASK_AGAIN_MS);
}

/** What was captured here alone needs no copies. What was not waits for them, for `giveUpMs`. */
async function afterFailure(job: Job, spool: RecordingSpool, error: unknown, giveUpMs: number): Promise<void> {
  job.signal.throwIfAborted();
  if (!(error instanceof AppError)) throw error;
  const needed = job.state.spools?.some((name) => name !== spool.name) ?? false;
  if (!needed) {
    await job.log(`restore: not possible, and not needed: ${error.message}`);
    return;
  }
  if (!mayPass(error) || waitedMs(job.state.restAwaited, Date.now()) >= giveUpMs) {
    await job.log(`restore: given up, the files are made without what was captured on other disks: ${error.message}`);
    return;
  }
  await tryLater(job, `not possible now: ${error.message}`);
}

/** Another worker may have room where this one's disk is full. */
const mayPass = ({ retryable, code }: AppError): boolean => retryable || code === 'SpoolFull';
