import type { Take } from '@trtc-recorder/media';
import { AppError } from '@trtc-recorder/runtime';
import type { RecordingSpool, Spools } from '../ports.ts';
import { directoryBytes } from './directory-bytes.ts';
import { FILES_FACTOR, type SizesSeen } from './floor.ts';
import { megabytes } from './megabytes.ts';

/** Kept besides, for the last frames, the journal and what others write meanwhile, bytes. */
const MARGIN = 16 * 1024 * 1024;

interface LiveTake {
  readonly take: Take;
  /** What earlier takes of the recording left, bytes. */
  readonly before: number;
  readonly startedAt: number;
  readonly end: (error: AppError) => void;
}

/**
 * The takes that run in this worker, and how much they have put on the disk. When the free space comes down to what the
 * making of a recording's own files needs, its take is ended as by a full disk: what was recorded can then be delivered,
 * instead of lying on a disk on which nothing can be made of it.
 */
export class LiveTakes {
  readonly #sizes: SizesSeen;
  readonly #live = new Set<LiveTake>();

  constructor(sizes: SizesSeen) {
    this.#sizes = sizes;
  }

  /** Bytes of each recording that is captured now. */
  get bytes(): number[] {
    return [...this.#live].map(bytesOf);
  }

  /** Ends the recordings whose files could just be made in `free` bytes. */
  endThoseOutOfRoom(free: number): void {
    for (const live of this.#live) {
      const needed = FILES_FACTOR * bytesOf(live) + MARGIN;
      if (free >= needed) continue;
      const left = `${megabytes(free)} are left under WORK_DIR, of which its files need ${megabytes(needed)}`;
      live.end(new AppError('SpoolFull', `the disk is running full: ${left}`));
    }
  }

  /** The same spools, their takes watched until they are closed. */
  watched(spools: Spools): Spools {
    return {
      ...spools,
      open: async (requestId) => {
        const spool = await spools.open(requestId);
        return { ...spool, startTake: (options) => this.#start(spool, options) };
      },
    };
  }

  async #start(spool: RecordingSpool, options: Parameters<RecordingSpool['startTake']>[0]): Promise<Take> {
    const before = await directoryBytes(spool.dir);
    const take = await spool.startTake(options);
    const live = { take, before, startedAt: Date.now(), end: (error: AppError) => options.onFault(error) };
    this.#live.add(live);
    return {
      number: take.number,
      frame: (frame) => take.frame(frame),
      event: (event) => take.event(event),
      stats: () => take.stats(),
      ended: (ending) => take.ended(ending),
      close: async (reason) => {
        await take.close(reason);
        this.#live.delete(live);
        this.#sizes.add(take.stats().bytes, (Date.now() - live.startedAt) / 1000);
      },
    };
  }
}

const bytesOf = ({ take, before }: LiveTake): number => before + take.stats().bytes;
