import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const SeenSchema = z.object({
  /** How long it was found left over, ms. */
  ms: z.number().min(0),
  /** At the last look, ms since the epoch. */
  at: z.number(),
});
type Seen = z.infer<typeof SeenSchema>;

/** So much counts between two looks at most: a clock that jumps by days ages nothing, nor does a machine that is off. */
const MOST_BETWEEN_LOOKS_MS = 20 * 60_000;

/**
 * How long spools have been left over, by the looks at them. The ages of their files don't tell: one whose delivery was
 * tried for a week is old on the day it fails. It is kept in the spool, so that a restart doesn't begin anew.
 */
export class TimeLeftOver {
  readonly #seen = new Map<string, Seen>();

  /** The time until now, ms. One that was written to since the last look begins anew: somebody has it after all. */
  async look(dir: string, writtenAt: number, now: number): Promise<number> {
    const before = this.#seen.get(dir) ?? (await read(dir));
    const goesOn = before !== undefined && writtenAt <= before.at;
    const ms = goesOn ? before.ms + Math.min(Math.max(0, now - before.at), MOST_BETWEEN_LOOKS_MS) : 0;
    const seen = { ms, at: now };
    this.#seen.set(dir, seen);
    // On a full disk it is only known until the next restart.
    await writeFile(fileOf(dir), JSON.stringify(seen)).catch(() => undefined);
    return ms;
  }

  /** It isn't left over, or gone. */
  async forget(dir: string): Promise<void> {
    this.#seen.delete(dir);
    await rm(fileOf(dir), { force: true });
  }
}

const fileOf = (dir: string): string => path.join(dir, 'left-over.json');

async function read(dir: string): Promise<Seen | undefined> {
  try {
    return SeenSchema.parse(JSON.parse(await readFile(fileOf(dir), 'utf8')));
  } catch {
    // Not there, or torn.
    return undefined;
  }
}
