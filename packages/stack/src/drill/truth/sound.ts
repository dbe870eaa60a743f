import { beepAt, isWhole, type Tone } from '../../judge/index.ts';

/** A picture of a file: its number, and when it is shown, seconds from the file's start. */
export interface ShownFrame {
  readonly number: number;
  readonly at: number;
  /** Whether it was promised to be there. */
  readonly promised: boolean;
}

export interface SoundFindings {
  /** Seconds of the anchor whose picture is there without its beep. */
  readonly missing: number;
  /** How far a picture is from its beep at worst (positive: the picture comes later), ms. */
  readonly skewMs: number;
}

/** Pictures without a break around a second for so long: its beep must be there, s. */
const WHOLE_S = 0.5;

/**
 * Compares a file's beeps with its pictures: at every whole second of media time one begins with the other. Seconds
 * beside a hole or the file's edge say nothing: their beep may have been cut off with the picture, or torn. Nor do those
 * before the promise: a recorder that comes in may get the picture first.
 */
export function compareSound(frames: readonly ShownFrame[], beeps: readonly Tone[], fps: number): SoundFindings {
  const skews: number[] = [];
  let missing = 0;
  for (const [index, { number, at, promised }] of frames.entries()) {
    if (number % fps !== 0) continue;
    const beep = beepAt(at, beeps);
    if (beep === undefined) missing += promised && isUnbroken(frames, index, fps) ? 1 : 0;
    // Where a take begins or ends it may be torn.
    else if (isWhole(beep)) skews.push((at - beep.at) * 1000);
  }
  const skewMs = skews.sort((one, other) => Math.abs(other) - Math.abs(one))[0] ?? 0;
  return { missing, skewMs };
}

/** Whether the frames around one are there, shown in their own time. */
function isUnbroken(frames: readonly ShownFrame[], index: number, fps: number): boolean {
  const steps = Math.round(WHOLE_S * fps);
  const middle = frames[index];
  return [-steps, steps].every((step) => {
    const other = frames[index + step];
    if (middle === undefined || other === undefined) return false;
    return Math.abs(Math.abs(other.at - middle.at) - WHOLE_S) < 2 / fps;
  });
}
