import type { Mode } from '@trtc-recorder/contracts';
import { AppError, type Logger } from '@trtc-recorder/runtime';
import { syncDirectory } from '../disk-sync.ts';
import { spoolFault } from '../faults.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import { lastSegment, recover } from '../recovery.ts';
import type { SegmentContext } from '../segment/segment-writer.ts';
import { isTakeOver, openJournal, readEntries } from '../journal/spool-journal.ts';
import { readMachineClock } from './machine-clock.ts';
import { RunningTake, type Take } from './take.ts';
import { WriteBudget } from '../segment/write-budget.ts';

export interface StartTakeOptions {
  /** Which worker captures; for the journal. */
  readonly worker: string;
  readonly mode: Mode;
  /** By how much this machine's clock is ahead of the one that all workers have in common, ms, as far as it is known. */
  readonly aheadMs?: number | undefined;
  /** The disk is full, broken or too slow, or another worker took over. Told once; nothing more is taken in by then. */
  readonly onFault: (error: AppError) => void;
  /** Pictures of this receiver are dropped until a key frame comes: its sender should be asked for one. */
  readonly onKeyFrameNeeded?: (tap: number) => void;
}

export interface TakePlace {
  readonly dir: string;
  readonly segmentMs: number;
  readonly logger: Logger;
  readonly known: KnownJournal;
}

/** How much of the journal this process knows, bytes. A take of another that begins behind that has the spool. */
export interface KnownJournal {
  bytes: number;
}

/** What can go wrong for a whole take: told to whoever runs it once it runs, thrown at its start before. */
class TakeFault {
  readonly #logger: Logger;
  readonly #onFault: (error: AppError) => void;
  #take: RunningTake | undefined;
  error: AppError | undefined;
  abandoned = false;

  constructor(logger: Logger, onFault: (error: AppError) => void) {
    this.#logger = logger;
    this.#onFault = onFault;
  }

  readonly fail = (error: AppError): void => {
    if (this.error !== undefined) return;
    this.error = error;
    this.#logger.error({ err: error, details: error.details }, 'the spool cannot be written any more');
    this.#tell();
  };

  /** What another process wrote into our journal: it took the spool over, or settled it as if we were dead. */
  readonly heed = (entries: readonly JournalEntry[]): boolean => {
    if (!isTakeOver(entries)) return true;
    this.abandoned = true;
    this.fail(new AppError('SpoolTaken', 'another worker took the spool over; this one writes no more'));
    return false;
  };

  /** Throws what went wrong until now. */
  check(): void {
    if (this.error !== undefined) throw this.error;
  }

  started(take: RunningTake): void {
    this.#take = take;
    this.check();
  }

  #tell(): void {
    if (this.#take === undefined || this.error === undefined) return;
    this.#take.stop();
    this.#onFault(this.error);
  }
}

/** The highest number that entries carry so far. */
const highest = (entries: readonly JournalEntry[], numberOf: (entry: JournalEntry) => number): number =>
  entries.reduce((max, entry) => Math.max(max, numberOf(entry)), 0);

const counter = (last: number) => (): number => (last += 1);

const begin = async (
  place: TakePlace,
  options: StartTakeOptions,
  fault: TakeFault,
  journal: Journal,
): Promise<Take> => {
  const { dir, segmentMs, logger, known } = place;
  const { worker, mode, aheadMs, onKeyFrameNeeded = () => undefined } = options;
  // What looks like the rest of a killed take may be the running one of another worker.
  await journal.look();
  fault.check();
  const entries = await readEntries(dir, logger);
  await recover(dir, entries, journal, logger);
  const number = highest(entries, (entry) => (entry.type === 'take' ? entry.take : 0)) + 1;
  journal.append({ type: 'take', take: number, worker, mode, aheadMs, ...readMachineClock() });
  await journal.sync();
  const context: SegmentContext = {
    dir,
    journal,
    budget: new WriteBudget(),
    get abandoned() {
      return fault.abandoned;
    },
    fail: fault.fail,
  };
  const finish = async (): Promise<void> => {
    try {
      await syncDirectory(dir);
      await journal.close();
    } catch (error) {
      fault.fail(spoolFault(error, 'closing the spool'));
    }
    if (!fault.abandoned) known.bytes = journal.size;
  };
  const nextTrack = counter(highest(entries, (entry) => (entry.type === 'track' ? entry.track : 0)));
  const nextSegment = counter(await lastSegment(dir, entries));
  const take = new RunningTake({
    ...{ number, mode, segmentMs, logger, journal, context, nextTrack, nextSegment, finish, onKeyFrameNeeded },
  });
  fault.started(take);
  return take;
};

/** Recovers what killed takes left in the directory, and begins the next one. Error: SpoolTaken. */
export const startTake = async (place: TakePlace, options: StartTakeOptions): Promise<Take> => {
  const fault = new TakeFault(place.logger, options.onFault);
  const onError = (error: unknown): void => fault.fail(spoolFault(error, 'writing the journal'));
  const journal = await openJournal(place.dir, { onError, onForeign: fault.heed, known: place.known.bytes });
  try {
    return await begin(place, options, fault, journal);
  } catch (error) {
    await journal.close();
    throw error;
  }
};
