import { mergeSpools, restoreSpool, type JournalEntry, type RestoredSpool } from '@trtc-recorder/media';
import { AppError, type Logger } from '@trtc-recorder/runtime';
import type { Job, RecordingSpool } from '../ports.ts';
import type { CopyBucket } from './copy-bucket.ts';
import { bySpool } from './copy-key.ts';

/** Objects that are fetched ahead while one is written. */
const AHEAD = 4;

/**
 * How long the rest of a spool may be on its way, ms. After the end of a capture: the worker that ended it lives, and was
 * kept from copying by a bucket that was away. After a hand-over: the worker that ends still copies.
 */
const REST_OF_THE_END_MS = 10 * 60_000;
const REST_OF_A_HAND_OVER_MS = 30_000;

/** What other disks have captured of a recording, as far as this one's spool hasn't got it yet. */
export interface Others {
  /** Made again from their copies, to be added to the spool. */
  readonly restored: readonly RestoredSpool[];
  /** Whether some of it may still be on its way, and for how long that is worth waiting; 0: it isn't, ms. */
  readonly worthWaitingMs: number;
}

/** Fetches the copies of the spools of other disks. */
export async function restoreOthers(
  job: Job,
  spool: RecordingSpool,
  bucket: CopyBucket,
  logger: Logger,
): Promise<Others> {
  const names = job.state.spools ?? [spool.name];
  const copies = bySpool(await bucket.list(''));
  copies.delete(spool.name);
  if (copies.size === 0 && names.every((name) => name === spool.name)) return { restored: [], worthWaitingMs: 0 };
  const journal = await spool.journal();
  const here = new Set([spool.name]);
  for (const entry of journal) if (entry.type === 'restored') here.add(entry.spool);
  const restored: RestoredSpool[] = [];
  for (const [name, keys] of copies) {
    if (here.has(name)) continue;
    await job.log(`restore: spool ${name} of another disk, ${keys.length} copies`);
    const found = await restoreSpool(spool.dir, { spool: name, objects: fetched(keys, bucket) }, logger);
    // One of which a later take was never copied is not whole, though the others are.
    if (found !== undefined) restored.push({ ...found, whole: found.whole && found.takes >= takesIn(job, name) });
  }
  for (const { spool: name, whole } of restored) if (whole) here.add(name);
  const incomplete = names.filter((name) => !here.has(name));
  return { restored, worthWaitingMs: worthWaiting(job, incomplete, journal) };
}

function worthWaiting(job: Job, incomplete: readonly string[], journal: readonly JournalEntry[]): number {
  if (incomplete.length === 0) return 0;
  if (job.state.endedAt !== undefined && incomplete.at(-1) === job.state.spools?.at(-1)) return REST_OF_THE_END_MS;
  // When this worker took the recording over: by its last take here, as it may have had it before, or, where nothing was
  // captured here, by the beginning of this spool. Which of the others had it until then is not known.
  const takenOver = journal.findLast(({ type }) => type === 'take') ?? journal[0];
  const takenOverMs = Date.now() - (takenOver?.at ?? 0);
  return takenOverMs < REST_OF_A_HAND_OVER_MS ? REST_OF_A_HAND_OVER_MS : 0;
}

const takesIn = ({ state }: Job, spool: string): number => state.takesIn?.[spool] ?? 0;

/** Adds them, and says so. */
export async function addToSpool(
  job: Job,
  spool: RecordingSpool,
  restored: readonly RestoredSpool[],
  logger: Logger,
): Promise<void> {
  if (restored.length === 0) return;
  await spool.recover();
  await mergeSpools(spool.dir, restored, logger);
  for (const { spool: name, whole } of restored)
    await job.log(`restore: spool ${name} added${whole ? '' : '; its last seconds were not copied any more'}`);
}

async function* fetched(keys: readonly string[], bucket: CopyBucket): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer | null>[] = [];
  const rest = keys.values();
  for (;;) {
    while (ahead.length < AHEAD) {
      const { value: key, done } = rest.next();
      if (done === true) break;
      const object = bucket.get(key);
      // Its failure is told when its turn comes, or not at all when another came first.
      object.catch(() => undefined);
      ahead.push(object);
    }
    const next = ahead.shift();
    if (next === undefined) return;
    const object = await next;
    if (object === null) throw new AppError('SpoolFailed', 'a copy of the spool vanished while it was restored');
    yield object;
  }
}
