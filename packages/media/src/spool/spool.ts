import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { Logger } from '@trtc-recorder/runtime';
import { syncDirectory } from './disk-sync.ts';
import { layBallast } from './journal/ballast.ts';
import { spoolFault } from './faults.ts';
import type { Journal } from './journal/journal.ts';
import type { JournalEntry } from './journal/journal-entry.ts';
import { recover, straySegments } from './recovery.ts';
import { journalBytes, readEntries, withJournal } from './journal/spool-journal.ts';
import { startTake, type StartTakeOptions } from './take/start-take.ts';
import type { Ended, Take } from './take/take.ts';

export interface SpoolOptions {
  /** Made when it is missing. One recording, one directory. */
  readonly dir: string;
  readonly logger: Logger;
  /** Ms after which a segment closes at the next key frame; 10 s by default. */
  readonly segmentMs?: number;
}

/**
 * The directory a recording lives in until it is delivered: numbered segments and a journal. All methods throw
 * SpoolFull and SpoolFailed.
 *
 * On a share, another worker may have been given the recording while this one hung. Whoever opened the spool before
 * sees that in the journal, and begins no take over a running one; whose the recording is, the queue knows.
 */
export interface Spool {
  readonly dir: string;
  /** Its name among all spools, given to it with its directory: this is what copies of it go by. */
  readonly name: string;
  /**
   * Recovers what an earlier, killed take left, and begins the next one. Error: SpoolTaken, when another process has
   * begun one since this spool was opened, or claimed.
   */
  startTake(options: StartTakeOptions): Promise<Take>;
  /** What others have begun until now doesn't count: the queue says that the recording is ours. */
  claim(): Promise<void>;
  /** The same recovery without a new take: every segment closed, every take ended. Not while a take runs. */
  recover(): Promise<void>;
  /** Journals how the recording ended, after its last take; nothing when another process took the spool over meanwhile. */
  keepEnding(ending: Ended): Promise<void>;
  /** All that is known of the recording, in order. A line torn by a kill is left out. */
  journal(): Promise<JournalEntry[]>;
  /** Files of segments of which the journal doesn't say whose they are: they are in no plan. */
  strays(): Promise<string[]>;
  /** Deletes the directory with everything in it. */
  remove(): Promise<void>;
}

const DEFAULT_SEGMENT_MS = 10_000;

const nameIn = (entries: readonly JournalEntry[]): string | undefined =>
  entries.find((entry) => entry.type === 'recording')?.spool;

/** Makes the spool unless it is there; its name. */
const create = async (dir: string, logger: Logger): Promise<string> => {
  // What people said in a room is for this process's user only.
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const known = nameIn(await readEntries(dir, logger));
  // A disk that is full already must not keep a recording from being gone on with: its files may have room.
  await layBallast(dir).catch((error: unknown) => {
    if (known === undefined) throw error;
    logger.warn({ err: error, dir }, 'no room for the ballast');
  });
  if (known !== undefined) return known;
  const spool = randomBytes(8).toString('hex');
  await withJournal(dir, async (journal) => {
    journal.append({ type: 'recording', version: 1, spool });
    await journal.sync();
  });
  await syncDirectory(dir);
  return spool;
};

const asSpoolFault = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw spoolFault(error, doing);
  }
};

/** Opens the spool in `dir`, or makes it. */
export const openSpool = async ({ dir, logger, segmentMs = DEFAULT_SEGMENT_MS }: SpoolOptions): Promise<Spool> => {
  const name = await asSpoolFault('opening the spool', () => create(dir, logger));
  const claim = async () => {
    known.bytes = await journalBytes(dir);
  };
  const known = { bytes: 0 };
  await asSpoolFault('opening the spool', claim);
  return {
    dir,
    name,
    startTake: (options) =>
      asSpoolFault('starting a take', () => startTake({ dir, logger, segmentMs, known }, options)),
    claim: () => asSpoolFault('claiming the spool', claim),
    recover: () =>
      asSpoolFault('recovering the spool', async () => {
        await withJournal(dir, async (journal) => recover(dir, await readEntries(dir, logger), journal, logger));
        await claim();
      }),
    keepEnding: ({ reason, message }) =>
      asSpoolFault('keeping the ending', async () => {
        const append = async (journal: Journal) => {
          journal.append({ type: 'ending', reason, message });
          await journal.sync();
        };
        await withJournal(dir, append, known.bytes);
      }),
    journal: () => asSpoolFault('reading the journal', () => readEntries(dir, logger)),
    strays: () => asSpoolFault('looking for segments', async () => straySegments(dir, await readEntries(dir, logger))),
    remove: () => asSpoolFault('removing the spool', () => rm(dir, { recursive: true, force: true })),
  };
};
