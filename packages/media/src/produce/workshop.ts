import { AppError, errorMessage, type Logger } from '@trtc-recorder/runtime';
import type { FfmpegJob } from '../plan/ffmpeg-arguments.ts';
import type { Piece } from '../plan/file-plan.ts';
import { errorCode, spoolFault } from '../spool/faults.ts';
import { lengthMs, type Stretch } from '../timeline/stretch.ts';
import { runFfmpeg } from './run-ffmpeg.ts';

export interface WorkshopOptions {
  readonly spoolDir: string;
  /** Directory of the intermediate files. */
  readonly workDir: string;
  readonly ffmpegPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly logger: Logger;
}

/** What the makers of one file share: places, tools, and a list of what could not be read. */
export interface Workshop extends WorkshopOptions {
  /** The frames of a segment as far as they can be read: a broken segment costs itself, never the file. Error: SpoolFailed. */
  tolerate<T extends { readonly wallMs: number }>(piece: Piece, frames: AsyncIterable<T>): AsyncGenerator<T>;
  /** Where segments should have had media and had not. */
  lost(): Stretch[];
  run(job: FfmpegJob, onTime?: (doneMs: number) => void): Promise<string[]>;
}

/** The journal knows a segment's last frame to 1 ms; a shot longer than this that doesn't come is missing. */
const MISSING_MS = 250;

const missing = (piece: Piece, lastMs: number | undefined): Stretch | undefined => {
  const startMs = lastMs ?? piece.startMs;
  const endMs = Math.min(piece.endMs, piece.untilMs);
  return endMs - startMs > MISSING_MS ? { startMs, endMs } : undefined;
};

/**
 * The system would not let us read, as when a share is away or there are too many open files: a hole in the file would
 * be for ever, a later attempt may find everything. Not so where the file is gone or its place on the disk is bad.
 */
const isOfDisk = (error: unknown): boolean => {
  if (error instanceof AppError) return error.code === 'SpoolFailed';
  const code = errorCode(error);
  return code !== undefined && /^E[A-Z\d]+$/.test(code) && code !== 'ENOENT' && code !== 'EIO';
};

export const createWorkshop = (options: WorkshopOptions): Workshop => {
  const lost = new Map<Piece, Stretch>();
  const { ffmpegPath, signal, logger } = options;
  return {
    ...options,
    async *tolerate(piece, frames) {
      let lastMs: number | undefined;
      let reason: string | undefined;
      try {
        for await (const frame of frames) {
          lastMs = frame.wallMs;
          yield frame;
        }
      } catch (error) {
        if (isOfDisk(error)) throw spoolFault(error, 'reading a segment');
        reason = errorMessage(error);
      }
      const stretch = missing(piece, lastMs);
      if (stretch === undefined || lost.has(piece)) return;
      logger.error({ file: piece.file, lostMs: lengthMs(stretch), reason }, 'a segment is broken');
      lost.set(piece, stretch);
    },
    lost: () => [...lost.values()],
    run: (job, onTime) => runFfmpeg(job, { ffmpegPath, signal, onTime }),
  };
};
