import { lengthMs } from '../timeline/stretch.ts';
import type { Piece } from './file-plan.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A piece of video with its picture size known. */
export type SizedPiece = Piece & Size;

/** Consecutive pieces that are treated alike. */
export interface VideoRun {
  /** `copy`: bit for bit; `encode`: decoded, fitted into the file's size, encoded again. */
  readonly treatment: 'copy' | 'encode';
  readonly pieces: SizedPiece[];
}

const sizeKey = ({ width, height }: Size): string => `${width}x${height}`;

const visibleMs = (piece: Piece): number =>
  lengthMs({ startMs: piece.startMs, endMs: Math.min(piece.endMs, piece.untilMs) });

/** The size shown for longest; x264 needs even numbers, which H264 senders always give and VP8 senders may not. */
export const dominantSize = (pieces: readonly SizedPiece[]): Size => {
  const shown = new Map<string, { size: Size; ms: number }>();
  for (const piece of pieces) {
    const known = shown.get(sizeKey(piece)) ?? { size: { width: piece.width, height: piece.height }, ms: 0 };
    known.ms += visibleMs(piece);
    shown.set(sizeKey(piece), known);
  }
  const [first] = [...shown.values()].sort((a, b) => b.ms - a.ms);
  const even = (pixels: number): number => Math.max(2, pixels - (pixels % 2));
  return { width: even(first?.size.width ?? 2), height: even(first?.size.height ?? 2) };
};

const treatmentOf = (piece: SizedPiece, size: Size): VideoRun['treatment'] =>
  piece.codec === 'h264' && sizeKey(piece) === sizeKey(size) && piece.preroll !== true ? 'copy' : 'encode';

/** Encoded pieces go through one decoder, so they have to agree on codec and size, and none is cut at its beginning. */
const continues = (run: VideoRun, piece: SizedPiece, treatment: VideoRun['treatment']): boolean => {
  const last = run.pieces.at(-1);
  if (last === undefined || run.treatment !== treatment || last.preroll === true || piece.preroll === true)
    return false;
  return treatment === 'copy' || (last.codec === piece.codec && sizeKey(last) === sizeKey(piece));
};

/** Which pieces can be copied into a file of the given size, and which have to be encoded again. */
export const videoRuns = (pieces: readonly SizedPiece[], size: Size): VideoRun[] => {
  const runs: VideoRun[] = [];
  for (const piece of pieces) {
    const treatment = treatmentOf(piece, size);
    const last = runs.at(-1);
    if (last !== undefined && continues(last, piece, treatment)) last.pieces.push(piece);
    else runs.push({ treatment, pieces: [piece] });
  }
  return runs;
};

/** Whether any piece is copied: then what is encoded has to keep to what every H264 decoder of the copied can do. */
export const copiesAny = (runs: readonly VideoRun[]): boolean => runs.some(({ treatment }) => treatment === 'copy');
