import type { SizedPiece } from '../plan/picture.ts';
import { readFrames } from './segment-reader.ts';
import type { Workshop } from './workshop.ts';

/** When the first picture comes that the piece has to show; nothing when there is none. */
const firstFrom = async (piece: SizedPiece, { spoolDir }: Workshop): Promise<number | undefined> => {
  try {
    for await (const { wallMs } of readFrames(piece, spoolDir)) if (wallMs >= piece.startMs) return wallMs;
  } catch {
    // Told when it is read for the file.
  }
  return undefined;
};

/**
 * A piece that is taken up again within its segment hangs on pictures that are not in the file, up to its next key frame,
 * which browsers send on request only: until then it is decoded from the segment's beginning and encoded anew.
 */
export const takeUp = async (piece: SizedPiece, workshop: Workshop): Promise<SizedPiece[]> => {
  if (piece.resumed !== true) return [piece];
  const keyMs = await firstFrom(piece, workshop);
  const untilMs = Math.min(piece.untilMs, keyMs ?? Infinity);
  const first = { ...piece, resumed: false, preroll: true, untilMs };
  return [
    ...((await firstFrom(first, workshop)) === undefined ? [] : [first]),
    ...(keyMs === undefined ? [] : [{ ...piece, startMs: keyMs }]),
  ];
};
