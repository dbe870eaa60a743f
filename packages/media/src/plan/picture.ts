import { lengthMs } from '../timeline/stretch.ts';
import { PLAIN, type Signal } from '../spool/frames/h264/vui.ts';
import type { Piece } from './file-plan.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A frame's size in pixels, and how these are to be shown. */
export interface FrameFormat extends Size {
  readonly signal: Signal;
}

/** A piece of video with its format known. */
export type SizedPiece = Piece & FrameFormat;

/** Consecutive pieces that are treated alike. */
export interface VideoRun {
  /** `copy`: bit for bit; `encode`: decoded, fitted into the file's format, encoded again. */
  readonly treatment: 'copy' | 'encode';
  readonly pieces: SizedPiece[];
}

/** Which of the sizes an anchor sends becomes the file's. */
export interface PrevailingRule {
  /** `pixel-time`: most pixels × time; `time`: shown for longest; `largest`: most pixels. */
  readonly by: 'pixel-time' | 'time' | 'largest';
  /** A size that is shown for less than this counts only where no other is there, ms. */
  readonly minMs: number;
}

export const PREVAILING: PrevailingRule = { by: 'pixel-time', minMs: 2_000 };

const shapeKey = ({ width, height, signal: { pixel } }: FrameFormat): string =>
  `${width}x${height} ${pixel.num}:${pixel.den}`;

const visibleMs = (piece: Piece): number =>
  Math.max(0, lengthMs({ startMs: piece.startMs, endMs: Math.min(piece.endMs, piece.untilMs) }));

interface Shown {
  readonly pieces: SizedPiece[];
  ms: number;
}

/** Pieces that are alike by a key, with the time they are shown. */
const shownBy = (pieces: readonly SizedPiece[], key: (piece: SizedPiece) => string): Shown[] => {
  const groups = new Map<string, Shown>();
  for (const piece of pieces) {
    const group = groups.get(key(piece)) ?? { pieces: [], ms: 0 };
    group.pieces.push(piece);
    group.ms += visibleMs(piece);
    groups.set(key(piece), group);
  }
  return [...groups.values()];
};

const weight = ({ pieces: [first], ms }: Shown, by: PrevailingRule['by']): number => {
  const { width = 0, height = 0 } = first ?? {};
  if (by === 'time') return ms;
  return by === 'largest' ? width * height : width * height * ms;
};

/** Copied pieces stay as they are, so it is theirs, and among them that of most of the time. */
const signalOf = (alike: readonly SizedPiece[]): Signal => {
  const copied = alike.filter(({ codec }) => codec === 'h264');
  const [longest] = shownBy(copied, ({ signal }) => JSON.stringify(signal)).sort((a, b) => b.ms - a.ms);
  return longest?.pieces[0]?.signal ?? alike[0]?.signal ?? PLAIN;
};

/**
 * The format of a file: that of the size that prevails. x264 needs even numbers, which H264 senders always give and VP8
 * senders may not. It is a sum over pieces, so a window of them decides the same way.
 */
export const prevailingFormat = (
  pieces: readonly SizedPiece[],
  { by, minMs }: PrevailingRule = PREVAILING,
): FrameFormat => {
  const all = shownBy(pieces, shapeKey);
  const lasting = all.filter(({ ms }) => ms >= minMs);
  const [prevailing] = (lasting.length > 0 ? lasting : all).sort((a, b) => weight(b, by) - weight(a, by));
  const [first] = prevailing?.pieces ?? [];
  const { width, height } = first ?? { width: 2, height: 2 };
  const even = (pixels: number): number => Math.max(2, pixels - (pixels % 2));
  return { width: even(width), height: even(height), signal: signalOf(prevailing?.pieces ?? []) };
};

/** Cut at its beginning, or with B-frames, whose order of showing is not that of decoding: it is encoded. */
const isCopyable = ({ codec, preroll, reordered }: SizedPiece): boolean =>
  codec === 'h264' && preroll !== true && reordered !== true;

const treatmentOf = (piece: SizedPiece, format: FrameFormat): VideoRun['treatment'] =>
  isCopyable(piece) && shapeKey(piece) === shapeKey(format) ? 'copy' : 'encode';

const isAlike = (a: FrameFormat, b: FrameFormat): boolean =>
  shapeKey(a) === shapeKey(b) && JSON.stringify(a.signal.colour) === JSON.stringify(b.signal.colour);

/** Encoded pieces go through one decoder, so they have to agree on codec and format, and none is cut at its beginning. */
const continues = (run: VideoRun, piece: SizedPiece, treatment: VideoRun['treatment']): boolean => {
  const last = run.pieces.at(-1);
  if (last === undefined || run.treatment !== treatment || last.preroll === true || piece.preroll === true)
    return false;
  return treatment === 'copy' || (last.codec === piece.codec && isAlike(last, piece));
};

/** Which pieces can be copied into a file of the given format, and which have to be encoded again. */
export const videoRuns = (pieces: readonly SizedPiece[], format: FrameFormat): VideoRun[] => {
  const runs: VideoRun[] = [];
  for (const piece of pieces) {
    const treatment = treatmentOf(piece, format);
    const last = runs.at(-1);
    if (last !== undefined && continues(last, piece, treatment)) last.pieces.push(piece);
    else runs.push({ treatment, pieces: [piece] });
  }
  return runs;
};

/** Whether any piece is copied: then what is encoded has to keep to what every H264 decoder of the copied can do. */
export const copiesAny = (runs: readonly VideoRun[]): boolean => runs.some(({ treatment }) => treatment === 'copy');
