import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { spoolNameIn } from '@trtc-recorder/media';
import type { Fate, FoundSpool } from '@trtc-recorder/queue';
import type { Logger } from '@trtc-recorder/runtime';
import { directoryBytes } from './live-takes.ts';

export interface SweepOptions {
  /** Root of the spools; with a share, those of all workers. */
  readonly root: string;
  readonly fateOf: (requestId: string, spool?: FoundSpool) => Promise<Fate>;
  /** How long the spool of a recording that is not delivered is kept after it was last written to, ms. */
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
 * who came for it. The queue's word counts, not an age: one that waits or runs, whoever has it, is never touched. What
 * is no spool is not ours and stays.
 */
export class Sweep {
  readonly #options: SweepOptions;
  readonly #reported = new Set<string>();

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  async run(): Promise<Found> {
    const fates: Record<Fate, number> = { live: 0, delivered: 0, undelivered: 0, unknown: 0 };
    let bytes = 0;
    for (const requestId of await this.#spools()) {
      // Asked right before it is removed, not of all at once: a recording may begin or go on meanwhile.
      const fate = await this.#options.fateOf(requestId, await findSpool(path.join(this.#options.root, requestId)));
      if (await this.#remove(requestId, fate)) continue;
      fates[fate] += 1;
      bytes += await directoryBytes(path.join(this.#options.root, requestId));
    }
    return { bytes, fates };
  }

  async #spools(): Promise<string[]> {
    const { root } = this.#options;
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    const spools: string[] = [];
    for (const entry of entries)
      if (entry.isDirectory() && (await writtenAt(path.join(root, entry.name))) !== null) spools.push(entry.name);
    return spools;
  }

  async #remove(requestId: string, fate: Fate): Promise<boolean> {
    const { root, keepDelivered, logger } = this.#options;
    if (fate === 'live' || (fate === 'delivered' && keepDelivered)) return false;
    const dir = path.join(root, requestId);
    if (fate !== 'delivered' && (await this.#isKept(requestId, dir, fate))) return false;
    await rm(dir, { recursive: true, force: true });
    this.#reported.delete(requestId);
    logger.info({ requestId, fate }, 'removed a spool that nobody needs any more');
    return true;
  }

  async #isKept(requestId: string, dir: string, fate: Fate): Promise<boolean> {
    const { retentionMs, now, logger } = this.#options;
    const until = ((await writtenAt(dir)) ?? now()) + retentionMs;
    if (now() >= until) return false;
    if (!this.#reported.has(requestId))
      logger.warn(
        { requestId, dir, fate, keptUntil: new Date(until).toISOString() },
        'a spool is left over: what is in it is not delivered. `npm run recover` makes its files',
      );
    this.#reported.add(requestId);
    return true;
  }
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
