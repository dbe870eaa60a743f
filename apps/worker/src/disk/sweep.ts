import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { spoolNameIn } from '@trtc-recorder/media';
import type { Fate, FoundSpool } from '@trtc-recorder/queue';
import type { Logger } from '@trtc-recorder/runtime';
import { directoryBytes } from './directory-bytes.ts';
import { TimeLeftOver } from './time-left-over.ts';

export interface SweepOptions {
  /** Root of the spools; with a share, those of all workers. */
  readonly root: string;
  readonly fateOf: (requestId: string, spool?: FoundSpool) => Promise<Fate>;
  /** How long the spool of a recording that is not delivered is kept after it was first found left over, ms. */
  readonly retentionMs: number;
  /** Whether delivered ones are kept, for examination. */
  readonly keepDelivered: boolean;
  readonly now: () => number;
  readonly logger: Logger;
}

/** What a sweep found and left there. */
export interface Found {
  readonly bytes: number;
  readonly fates: Readonly<Record<Fate, number>>;
}

/**
 * Goes through the spools and removes those that nobody needs: every file delivered, or kept long enough with nobody
 * who came for it. The queue's word counts, not an age: one that waits or runs, whoever has it, is never touched. A
 * directory of a recording without a journal, as a crash leaves it, is swept like the others. What else lies there is
 * not ours and stays.
 */
export class Sweep {
  readonly #options: SweepOptions;
  readonly #reported = new Set<string>();
  readonly #timeLeftOver = new TimeLeftOver();

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  async run(): Promise<Found> {
    const fates: Record<Fate, number> = { live: 0, delivered: 0, undelivered: 0, unknown: 0 };
    let bytes = 0;
    for (const requestId of await this.#spools()) {
      const dir = path.join(this.#options.root, requestId);
      const spool = await findSpool(dir);
      // Asked right before it is removed, not of all at once: a recording may begin or go on meanwhile.
      const fate = await this.#options.fateOf(requestId, spool);
      if (!(await this.#isKept(requestId, dir, fate))) {
        await this.#remove(requestId, dir, fate, spool);
        continue;
      }
      fates[fate] += 1;
      bytes += await directoryBytes(dir);
    }
    return { bytes, fates };
  }

  async #spools(): Promise<string[]> {
    const { root } = this.#options;
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    const spools: string[] = [];
    for (const entry of entries)
      if (entry.isDirectory() && (await isOurs(path.join(root, entry.name)))) spools.push(entry.name);
    return spools;
  }

  async #remove(requestId: string, dir: string, fate: Fate, spool: FoundSpool | undefined): Promise<void> {
    await rm(dir, { recursive: true, force: true });
    this.#reported.delete(requestId);
    // Of one that a killed worker left, the last seconds may be in no file: the result says up to when it is.
    const lastWritten = spool === undefined ? undefined : new Date(spool.writtenAt).toISOString();
    this.#options.logger.info({ requestId, fate, lastWritten }, 'removed a spool that nobody needs any more');
  }

  async #isKept(requestId: string, dir: string, fate: Fate): Promise<boolean> {
    const { retentionMs, keepDelivered, now, logger } = this.#options;
    if (fate === 'live' || fate === 'delivered') {
      await this.#timeLeftOver.forget(dir);
      return fate === 'live' || keepDelivered;
    }
    const left = retentionMs - (await this.#timeLeftOver.look(dir, (await writtenAt(dir)) ?? 0, now()));
    if (left <= 0) {
      await this.#timeLeftOver.forget(dir);
      return false;
    }
    if (!this.#reported.has(requestId))
      logger.warn(
        { requestId, dir, fate, keptUntil: new Date(now() + left).toISOString() },
        'a spool is left over: what is in it is not delivered. `npm run recover` makes its files',
      );
    this.#reported.add(requestId);
    return true;
  }
}

/** A RequestId has the form of a UUID, and so has the name of its recording's directory. */
const REQUEST_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OF_A_SPOOL = /^(?:ballast|left-over\.json|files|restored|\d{6,}\.mkv(?:\.part(?:\.tmp)?)?)$/;

/** A spool, or what a crash left of the making or the removal of one. */
async function isOurs(dir: string): Promise<boolean> {
  if ((await writtenAt(dir)) !== null) return true;
  if (!REQUEST_ID.test(path.basename(dir))) return false;
  const names = await readdir(dir).catch(() => ['gone']);
  return names.every((name) => OF_A_SPOOL.test(name));
}

/** When the spool was last written to, ms since the epoch; null: it is none. */
const writtenAt = (dir: string): Promise<number | null> =>
  stat(path.join(dir, 'journal.ndjson')).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );

/** The spool, if anything was captured into it. */
async function findSpool(dir: string): Promise<FoundSpool | undefined> {
  const at = await writtenAt(dir);
  const name = await spoolNameIn(dir);
  const files = await readdir(dir).catch(() => []);
  const holdsMedia = files.some((file) => /\.mkv(?:\.part)?$/.test(file));
  return at !== null && name !== undefined && holdsMedia ? { name, writtenAt: at } : undefined;
}
