import { run } from './run.ts';

const RATE = 48_000;

/** The sound of a file as mono samples in -1…1 by the file's own clock: what starts later is preceded by silence. */
export async function soundOf(file: string): Promise<Float32Array> {
  const { stdout: start } = await run('ffprobe', [
    ...['-v', 'error', '-select_streams', 'a:0', '-show_entries', 'stream=start_time', '-of', 'csv=p=0', file],
  ]);
  const leadS = file.endsWith('.mp3') ? 0 : Math.max(0, Number.parseFloat(start.toString()));
  const { stdout } = await run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-i', file, '-vn', '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-'],
  ]);
  const pcm = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
  const sound = new Float32Array(pcm.length + Math.round(leadS * RATE));
  sound.set(pcm, Math.round(leadS * RATE));
  return sound;
}

/** Loudness (root mean square) between two times in ms. */
export const loudness = (sound: Float32Array, fromMs: number, toMs: number): number => {
  const part = sound.subarray(Math.round((fromMs * RATE) / 1000), Math.round((toMs * RATE) / 1000));
  return part.length === 0 ? 0 : Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
};

/** Pitch of a steady tone between two times in ms, Hz: by how often it rises through zero. */
export const pitch = (sound: Float32Array, fromMs: number, toMs: number): number => {
  const part = sound.subarray((fromMs * RATE) / 1000, (toMs * RATE) / 1000);
  const rises = [...part.keys()].filter((at) => at > 0 && (part[at - 1] ?? 0) < 0 && (part[at] ?? 0) >= 0);
  return ((rises.length - 1) * RATE) / ((rises.at(-1) ?? 0) - (rises[0] ?? 0));
};

/** Times in ms at which sound sets in after at least 300 ms of quiet, to within 1 ms. */
export const beeps = (sound: Float32Array, threshold = 0.1): number[] => {
  const times: number[] = [];
  let quietSince = -Infinity;
  for (let index = 0; index < sound.length; index++) {
    if (Math.abs(sound[index] ?? 0) < threshold) continue;
    if (index - quietSince > 0.3 * RATE) times.push((index * 1000) / RATE);
    quietSince = index;
  }
  return times;
};

export interface Picture {
  readonly atMs: number;
  readonly brightness: number;
}

/** Every picture a decoder shows of a file, with its time and mean brightness (0…255). */
export async function picturesOf(file: string): Promise<Picture[]> {
  const filter = 'scale=16:16:flags=area,format=gray,showinfo';
  const args = [
    '-nostdin',
    '-copyts',
    '-i',
    file,
    '-an',
    '-vf',
    filter,
    '-fps_mode',
    'passthrough',
    '-f',
    'rawvideo',
    '-',
  ];
  const { stdout, stderr } = await run('ffmpeg', args);
  return [...stderr.matchAll(/pts_time:\s*(-?[\d.]+)/g)].map((match, index) => {
    const gray = stdout.subarray(index * 256, (index + 1) * 256);
    return { atMs: Number(match[1]) * 1000, brightness: gray.reduce((sum, value) => sum + value, 0) / 256 };
  });
}

/** Times in ms at which the picture turns white. */
export const flashes = (pictures: readonly Picture[]): number[] =>
  pictures.flatMap(({ atMs, brightness }, index) =>
    brightness > 200 && (pictures[index - 1]?.brightness ?? 0) <= 200 ? [atMs] : [],
  );

/** Whatever ffmpeg complains of while decoding all of a file. */
export const decodeErrors = async (file: string): Promise<string> =>
  (await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-f', 'null', '-'])).stderr;

/** For each expected time the distance to the nearest found one. */
export const distances = (expected: readonly number[], found: readonly number[]): number[] =>
  expected.map((time) => found.reduce((best, other) => Math.min(best, Math.abs(other - time)), Infinity));

export const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;
