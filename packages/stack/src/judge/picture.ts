import { run } from './run.ts';

/** One decoded picture, shrunk and in grey. */
export interface Picture {
  /** Seconds from the file's start. */
  readonly at: number;
  readonly gray: Uint8Array;
}

/** Every picture of a file with its presentation time, as grey `width`×`height`. */
export async function pictures(file: string, width: number, height: number): Promise<Picture[]> {
  const filter = `scale=${width}:${height}:flags=area,format=gray,showinfo`;
  const args = ['-nostdin', '-copyts', '-i', file, '-an', '-vf', filter, '-vsync', '0', '-f', 'rawvideo', '-'];
  const { stdout, stderr } = await run('ffmpeg', args);
  const times = [...stderr.matchAll(/pts_time:\s*(-?[\d.]+)/g)].map((match) => Number(match[1]));
  return times.map((at, index) => ({
    at,
    gray: new Uint8Array(stdout.subarray(index * width * height, (index + 1) * width * height)),
  }));
}

const mean = (gray: Uint8Array): number => gray.reduce((sum, value) => sum + value, 0) / gray.length;

/** Seconds from the file's start at which the picture turns (nearly) white. */
export async function flashes(file: string, brightness = 150): Promise<number[]> {
  const seen = (await pictures(file, 32, 18)).map(({ at, gray }) => ({ at, bright: mean(gray) > brightness }));
  return seen.flatMap(({ at, bright }, index) => (bright && seen[index - 1]?.bright !== true ? [at] : []));
}
