import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mode } from '@trtc-recorder/contracts';
import { AppError, type Logger } from '@trtc-recorder/runtime';
import { dropBallast, layBallast } from './ballast.ts';
import { spoolFault } from './faults.ts';
import { Journal, type JournalOptions } from './journal.ts';
import type { JournalEntry } from './journal-entry.ts';
import { readJournal } from './journal-reader.ts';
import { lastSegment, recover } from './recovery.ts';
import { RunningTake, type Take } from './take.ts';
import { Turnstile } from './turnstile.ts';
import { WriteBudget } from './write-budget.ts';

export interface SpoolOptions {
  /** Made when it is missing. One recording, one directory. */
  readonly dir: string;
  readonly logger: Logger;
  /** Ms after which a segment closes at the next key frame. */
  readonly segmentMs?: number;
}

export interface StartTakeOptions {
  /** Which worker captures; for the journal. */
  readonly worker: string;
  readonly mode: Mode;
  /** The disk is full, broken or too slow, or another worker took over. Told once; the take has stopped by then. */
  readonly onFault: (error: AppError) => void;
}

/** The directory a recording lives in until it is delivered: numbered segments and a journal. */
export interface Spool {
  readonly dir: string;
  /** Recovers what an earlier, killed take left, and begins the next one. */
  startTake(options: StartTakeOptions): Promise<Take>;
  /** The same recovery without a new take: every segment closed, every take ended. Not while a take runs. */
  recover(): Promise<void>;
  /** All that is known of the recording, in order. A line torn by a kill is left out. */
  journal(): Promise<JournalEntry[]>;
  /** Deletes the directory with everything in it. */
  remove(): Promise<void>;
}

const DEFAULT_SEGMENT_MS = 10_000;
/** So many segments close at once: each waits for the disk, in one of Node's four threads for files. */
const CLOSING_AT_ONCE = 3;

/** The highest number a kind of entry carries so far. */
const highest = (entries: readonly JournalEntry[], pick: (entry: JournalEntry) => number): number =>
  entries.reduce((max, entry) => Math.max(max, pick(entry)), 0);

const counter = (last: number) => (): number => (last += 1);

const syncDirectory = async (dir: string): Promise<void> => {
  const handle = await open(dir);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

class DirectorySpool implements Spool {
  readonly dir: string;
  readonly #logger: Logger;
  readonly #segmentMs: number;

  constructor({ dir, logger, segmentMs = DEFAULT_SEGMENT_MS }: SpoolOptions) {
    this.dir = dir;
    this.#logger = logger;
    this.#segmentMs = segmentMs;
  }

  get #journalPath(): string {
    return join(this.dir, 'journal.ndjson');
  }

  async create(): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    await layBallast(this.dir);
    const { entries } = await readJournal(this.#journalPath);
    if (entries.length > 0) return;
    const journal = await this.#openJournal({});
    journal.append({ type: 'recording', version: 1 });
    await journal.close();
    await syncDirectory(this.dir);
  }

  async startTake({ worker, mode, onFault }: StartTakeOptions): Promise<Take> {
    const run: { take?: RunningTake; abandoned: boolean; fault?: AppError } = { abandoned: false };
    const fail = (error: AppError): void => {
      if (run.fault !== undefined) return;
      run.fault = error;
      run.take?.stop();
      this.#logger.error({ err: error, details: error.details }, 'the spool cannot be written any more');
      onFault(error);
    };
    const journal = await this.#openJournal({
      onError: (error) => fail(spoolFault(error, 'writing the journal')),
      onTakeover: ({ take, worker: other }) => {
        run.abandoned = true;
        fail(new AppError('SpoolFailed', `worker ${other} has begun take ${take} in this spool`));
      },
    });
    const entries = await this.#recoverInto(journal);
    const number = highest(entries, (entry) => (entry.type === 'take' ? entry.take : 0)) + 1;
    journal.append({ type: 'take', take: number, worker, mode });
    await journal.sync();
    run.take = new RunningTake({
      number,
      mode,
      segmentMs: this.#segmentMs,
      logger: this.#logger,
      journal,
      context: {
        dir: this.dir,
        journal,
        budget: new WriteBudget(),
        closing: new Turnstile(CLOSING_AT_ONCE),
        get abandoned() {
          return run.abandoned;
        },
        fail,
      },
      nextTrack: counter(highest(entries, (entry) => (entry.type === 'track' ? entry.track : 0))),
      nextSegment: counter(await lastSegment(this.dir, entries)),
      finish: async () => {
        await syncDirectory(this.dir).catch((error: unknown) => fail(spoolFault(error, 'closing the spool')));
        await journal.close();
      },
    });
    return run.take;
  }

  async recover(): Promise<void> {
    const journal = await this.#openJournal({});
    try {
      await this.#recoverInto(journal);
    } finally {
      await journal.close();
    }
  }

  async journal(): Promise<JournalEntry[]> {
    const { entries, damaged } = await readJournal(this.#journalPath);
    if (damaged > 0) this.#logger.warn({ dir: this.dir, damaged }, 'the journal has torn lines');
    return entries;
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  async #recoverInto(journal: Journal): Promise<JournalEntry[]> {
    await recover(this.dir, await this.journal(), journal, this.#logger);
    return this.journal();
  }

  #openJournal(options: Partial<JournalOptions>): Promise<Journal> {
    let ballast = true;
    return Journal.open(this.#journalPath, {
      relieve: async () => {
        if (!ballast) return false;
        ballast = false;
        await dropBallast(this.dir);
        return true;
      },
      onError: (error) => this.#logger.error({ err: error }, 'the journal cannot be written'),
      onTakeover: () => undefined,
      ...options,
    });
  }
}

/** Opens the spool in `dir`, or makes it. Throws SpoolFull and SpoolFailed, as all its methods do. */
export const openSpool = async (options: SpoolOptions): Promise<Spool> => {
  const spool = new DirectorySpool(options);
  try {
    await spool.create();
    return spool;
  } catch (error) {
    throw spoolFault(error, 'opening the spool');
  }
};
