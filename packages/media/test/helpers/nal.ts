import { nalType, splitAnnexB } from '../../src/spool/frames/h264/nal.ts';
import type { ClipFrame } from './clips.ts';

const START = Buffer.from([0, 0, 0, 1]);

export const annexB = (units: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(units.flatMap((unit) => [START, unit]));

/** A clip with the NAL units of every frame changed. */
export const changeUnits = (
  frames: readonly ClipFrame[],
  change: (units: Uint8Array[], index: number) => Uint8Array[],
): ClipFrame[] => frames.map((frame, index) => ({ ...frame, data: annexB(change(splitAnnexB(frame.data), index)) }));

/** A clip whose parameter sets come with its first frame only. */
export const setsOnce = (frames: readonly ClipFrame[]): ClipFrame[] =>
  changeUnits(frames, (units, index) =>
    index === 0 ? units : units.filter((unit) => ![7, 8].includes(nalType(unit))),
  );
