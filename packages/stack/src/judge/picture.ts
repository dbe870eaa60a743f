import { readFrameCode, type FrameCode } from '@trtc-recorder/sandbox';
import { run } from './run.ts';

/** One decoded picture of a file. */
export interface Picture {
  /** Seconds from the file's start. */
  readonly at: number;
  /** Mean brightness, 0…255. */
  readonly brightness: number;
  /** What is written in it; nothing when it can't be read. */
  readonly code: FrameCode | undefined;
}

/** Pictures are read at this size: the code is as readable as at any other, and an hour of them costs no more. */
const WIDTH = 320;
const HEIGHT = 180;
const PIXELS = WIDTH * HEIGHT;

/** Every picture of a file as it is shown, in order. */
export async function pictures(file: string): Promise<Picture[]> {
  const filter = `scale=${WIDTH}:${HEIGHT}:flags=area,format=gray,showinfo`;
  const args = ['-nostdin', '-copyts', '-i', file, '-an', '-vf', filter, '-fps_mode', 'passthrough'];
  const { stdout, stderr } = await run('ffmpeg', [...args, '-f', 'rawvideo', '-']);
  const times = [...stderr.matchAll(/pts_time:\s*(-?[\d.]+)/g)].map((match) => Number(match[1]));
  return times.map((at, index) => {
    const gray = new Uint8Array(stdout.subarray(index * PIXELS, (index + 1) * PIXELS));
    return { at, brightness: mean(gray), code: readFrameCode(gray, WIDTH, HEIGHT) };
  });
}

function mean(gray: Uint8Array): number {
  let sum = 0;
  for (const value of gray) sum += value;
  return sum / gray.length;
}

/** Above it a picture is (nearly) white; measured with the code's dark block in it. */
const FLASH_BRIGHTNESS = 150;

/** The first picture of each flash. */
export const flashes = (seen: readonly Picture[]): Picture[] =>
  seen.filter(
    ({ brightness }, index) => brightness > FLASH_BRIGHTNESS && (seen[index - 1]?.brightness ?? 0) <= FLASH_BRIGHTNESS,
  );
