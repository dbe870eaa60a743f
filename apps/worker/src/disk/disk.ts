import type { Fate, FoundSpool } from '@trtc-recorder/queue';
import type { Logger } from '@trtc-recorder/runtime';
import type { Config } from '../config.ts';
import type { WorkerInstruments } from '../metrics/catalogue.ts';
import type { Files, Receipts, Spools } from '../ports.ts';
import { workDirectory } from '../settings.ts';
import { DiskWatch } from './disk-watch.ts';
import { derivedFloor, SizesSeen } from './floor.ts';
import { LiveTakes } from './live-takes.ts';
import { ReceiptFiles } from './receipts.ts';
import { roomForFiles } from './room-for-files.ts';
import { Sweep, type Found } from './sweep.ts';

/** How often leftovers are looked for, ms. */
const SWEEP_EVERY_MS = 600_000;
const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

/** What a worker has to do with its disk: whether there is room, and whose spools lie there. */
export interface Disk {
  /** Whether a further recording may begin. */
  readonly hasRoom: boolean;
  /** The same spools and files, with an eye on the room they take. */
  watched(spools: Spools): Spools;
  withRoom(files: Files): Files;
  /** Kept beside the spools. */
  readonly receipts: Receipts;
  /** Looks for leftovers now and every ten minutes. */
  sweep(fateOf: (requestId: string, spool?: FoundSpool) => Promise<Fate>): void;
  stop(): void;
}

/** `directory`: whether a file could not be written there for want of space, whatever the file system says is free. */
export async function watchDisk(
  config: Config,
  directory: { readonly isFull: boolean },
  { instruments, logger }: { instruments: WorkerInstruments; logger: Logger },
): Promise<Disk> {
  const root = workDirectory(config);
  const sizes = new SizesSeen();
  const takes = new LiveTakes(sizes);
  const receipts = new ReceiptFiles(root);
  const set = config.MIN_FREE_DISK_MB * MIB;
  const watch = await DiskWatch.start({
    dir: root,
    floor: () => (set > 0 ? set : derivedFloor(sizes.rate, takes.bytes)),
    onLook: ({ free, floor, hasRoom }) => {
      takes.endThoseOutOfRoom(free);
      instruments.diskFree.set(free);
      instruments.diskFloor.set(floor);
      instruments.admitting.set(hasRoom && !directory.isFull ? 1 : 0);
    },
    logger,
  });
  let timer: NodeJS.Timeout | undefined;
  return {
    get hasRoom() {
      return watch.hasRoom && !directory.isFull;
    },
    watched: (spools) => takes.watched(spools),
    withRoom: (files) => roomForFiles(files, () => watch.look()),
    receipts,
    sweep: (fateOf) => {
      const retentionMs = config.SPOOL_RETENTION_DAYS * DAY_MS;
      const sweep = new Sweep({ root, fateOf, retentionMs, keepDelivered: config.KEEP_SPOOL, now: Date.now, logger });
      const run = (): void => {
        const swept = sweep.run().then((found) => tell(instruments, found));
        Promise.all([swept, receipts.sweep(fateOf, Date.now())]).catch((error: unknown) =>
          logger.warn({ err: error }, 'the spools could not be gone through'),
        );
      };
      run();
      timer = setInterval(run, SWEEP_EVERY_MS).unref();
    },
    stop: () => {
      watch.stop();
      clearInterval(timer);
    },
  };
}

function tell({ spools, spoolBytes }: WorkerInstruments, { fates, bytes }: Found): void {
  for (const [fate, count] of Object.entries(fates)) spools.set({ fate }, count);
  spoolBytes.set(bytes);
}
