import type { Finding, Kind } from '@trtc-recorder/contracts';
import { AppError, errorMessage, type Logger } from '@trtc-recorder/runtime';
import { wallMs } from '../clock/rtp-clock.ts';
import type { FfmpegJob } from '../plan/ffmpeg-arguments.ts';
import type { Piece } from '../plan/file-plan.ts';
import type { Damage } from '../plan/missing-media.ts';
import { errorCode, spoolFault } from '../spool/faults.ts';
import { coveredMs, lengthMs, type Stretch } from '../timeline/stretch.ts';
import { runFfmpeg } from './run-ffmpeg.ts';

export interface WorkshopOptions {
  readonly spoolDir: string;
  /** Directory of the intermediate files. */
  readonly workDir: string;
  readonly ffmpegPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly logger: Logger;
}

interface ReadFrame {
  readonly wallMs: number;
  readonly playsMs?: number;
  readonly afterDamage: boolean;
}

/** What the makers of one file share: places, tools, and a list of what could not be read. */
export interface Workshop extends WorkshopOptions {
  /**
   * The frames of a segment as far as they can be read: a broken segment costs itself, never the file. Error: SpoolFailed.
   */
  tolerate<T extends ReadFrame>(piece: Piece, frames: AsyncIterable<T>): AsyncGenerator<T>;
  /** Where media should be and is not, on the wall clock: told by `tolerate` and by others. */
  lost(): Damage[];
  lose(stretches: readonly Stretch[]): void;
  /** Doubts about the file that the caller is to know of. */
  findings(): readonly Finding[];
  report(finding: Finding): void;
  run(job: FfmpegJob, onTime?: (doneMs: number) => void): Promise<string[]>;
}

/** The journal knows a segment's last frame to 1 ms; a shot longer than this that doesn't come is missing. */
const MISSING_MS = 250;

/** What of a piece its frames leave uncovered, before the first and after the last. */
const missing = (piece: Piece, firstMs: number, lastMs: number): Stretch[] => {
  const before = { startMs: piece.startMs, endMs: firstMs };
  const after = { startMs: lastMs, endMs: Math.min(piece.endMs, piece.untilMs) };
  // Where the last frame begins: how long it is shown depends on the stream.
  const wantedMs = Math.min(wallMs(piece.clock, piece.lastRtp), piece.untilMs);
  return [
    ...(lengthMs(before) > MISSING_MS ? [before] : []),
    ...(wantedMs - lastMs > MISSING_MS && lengthMs(after) > 0 ? [after] : []),
  ];
};

const kindOf = ({ codec }: Piece): Kind => (codec === 'opus' ? 'audio' : 'video');

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
  const lost = new Map<Piece, readonly Stretch[]>();
  const others: Stretch[] = [];
  const findings: Finding[] = [];
  const { ffmpegPath, signal, logger } = options;
  return {
    ...options,
    async *tolerate(piece, frames) {
      let firstMs: number | undefined;
      let lastMs: number | undefined;
      let reachedMs = piece.startMs;
      let reason: string | undefined;
      const damaged: Stretch[] = [];
      try {
        for await (const frame of frames) {
          if (frame.afterDamage) damaged.push({ startMs: Math.min(reachedMs, frame.wallMs), endMs: frame.wallMs });
          lastMs = frame.wallMs;
          reachedMs = lastMs + (frame.playsMs ?? 0);
          firstMs ??= lastMs;
          yield frame;
        }
      } catch (error) {
        if (isOfDisk(error)) throw spoolFault(error, 'reading a segment');
        reason = errorMessage(error);
      }
      const stretches = [...damaged, ...missing(piece, firstMs ?? piece.startMs, lastMs ?? piece.startMs)];
      if (stretches.length === 0 || lost.has(piece)) return;
      const note = { file: piece.file, lostMs: coveredMs(stretches), reason };
      if (piece.resumed === true && damaged.length === 0 && reason === undefined)
        logger.info(note, 'a segment was broken in upon');
      else logger.error(note, 'a segment is broken');
      lost.set(piece, stretches);
    },
    lost: () => [
      ...[...lost].flatMap(([piece, stretches]) => stretches.map((each) => ({ ...each, kind: kindOf(piece) }))),
      ...others.map((each) => ({ ...each, kind: 'video' as const })),
    ],
    lose: (stretches) => void others.push(...stretches),
    findings: () => findings,
    report: (finding) => void findings.push(finding),
    run: async (job, onTime) => {
      // A broken day has millions of lines.
      let complaints = 0;
      let first: string | undefined;
      const onComplaint = (line: string) => {
        complaints += 1;
        first ??= line;
      };
      const printed = await runFfmpeg(job, { ffmpegPath, signal, onTime, onComplaint });
      if (complaints > 0) logger.error({ complaints, first }, 'ffmpeg could not decode all it was given');
      return printed;
    },
  };
};
