import { errorMessage, type Logger } from '@trtc-recorder/runtime';
import type { FfmpegJob } from '../plan/ffmpeg-arguments.ts';
import type { Piece } from '../plan/file-plan.ts';
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
  /** The frames of a segment as far as they can be read: a broken segment costs itself, never the file. */
  tolerate<T>(piece: Piece, frames: AsyncIterable<T>): AsyncGenerator<T>;
  /** Pieces that could not be read to their end. */
  unreadable(): Piece[];
  run(job: FfmpegJob, onTime?: (doneMs: number) => void): Promise<void>;
}

export const createWorkshop = (options: WorkshopOptions): Workshop => {
  const broken = new Set<Piece>();
  const { ffmpegPath, signal, logger } = options;
  return {
    ...options,
    async *tolerate(piece, frames) {
      try {
        for await (const frame of frames) yield frame;
      } catch (error) {
        if (!broken.has(piece)) logger.error({ file: piece.file, reason: errorMessage(error) }, 'a segment is broken');
        broken.add(piece);
      }
    },
    unreadable: () => [...broken],
    run: (job, onTime) => runFfmpeg(job, { ffmpegPath, signal, onTime }),
  };
};
