import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { RecordingStateSchema, type Fate } from '@trtc-recorder/queue';
import { z } from 'zod';
import type { Receipts } from '../ports.ts';

/** A Redis may come back as it was hours ago, from a backup; of a failover it is a second, ms. */
const KEPT_MS = 86_400_000;

const ReceiptSchema = z.object({
  /** Tells recordings apart that have one RequestId, made of one Idempotency-Key, because Redis forgot the first. */
  submittedAt: z.number(),
  state: RecordingStateSchema,
});

/** Receipts in a directory beside the spools, one small file a recording, on the disk before the spool goes. */
export class ReceiptFiles implements Receipts {
  readonly #dir: string;

  constructor(root: string) {
    this.#dir = path.join(root, '.delivered');
  }

  async keep({ recording: { requestId, submittedAt }, state }: Parameters<Receipts['keep']>[0]): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const final = this.#file(requestId);
    const temporary = `${final}.tmp`;
    await written(temporary, JSON.stringify({ submittedAt, state }));
    await rename(temporary, final);
    await synced(this.#dir);
  }

  async find({ recording: { requestId, submittedAt } }: Parameters<Receipts['find']>[0]) {
    try {
      const receipt = ReceiptSchema.parse(JSON.parse(await readFile(this.#file(requestId), 'utf8')));
      return receipt.submittedAt === submittedAt ? receipt.state : null;
    } catch {
      // Not there, or torn.
      return null;
    }
  }

  /** Removes those that are a day old, but for recordings that Redis says are still under way. */
  async sweep(fateOf: (requestId: string) => Promise<Fate>, now: number): Promise<void> {
    for (const name of await readdir(this.#dir).catch(() => [])) {
      const file = path.join(this.#dir, name);
      // Another worker on the same share may have been faster.
      const keptAt = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => now,
      );
      if (now - keptAt < KEPT_MS || (await fateOf(path.basename(name, '.json'))) === 'live') continue;
      await rm(file, { force: true });
    }
  }

  #file(requestId: string): string {
    return path.join(this.#dir, `${requestId}.json`);
  }
}

async function written(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name that was given in a directory outlives a power cut only once the directory itself is on the disk. */
async function synced(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
