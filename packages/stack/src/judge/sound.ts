import { run } from './run.ts';

const RATE = 16_000;
/** Window of the analysis: 10 ms. */
const WINDOW = RATE / 100;

/** The sound of a file as 16 kHz mono samples in -1…1, from the file's own start (what starts later is silence). */
export async function samples(file: string): Promise<Float32Array> {
  const args = [
    '-v',
    'error',
    '-nostdin',
    '-i',
    file,
    '-vn',
    '-af',
    'aresample=async=1:first_pts=0',
    '-ac',
    '1',
    '-ar',
    String(RATE),
    '-f',
    'f32le',
    '-',
  ];
  const { stdout } = await run('ffmpeg', args);
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
}

/** Amplitude of one frequency in a piece of sound (Goertzel's algorithm); 1 is a full-scale sine. */
export function amplitude(pcm: Float32Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / RATE);
  let before = 0;
  let last = 0;
  for (const sample of pcm) {
    const next = sample + coefficient * last - before;
    before = last;
    last = next;
  }
  const power = before * before + last * last - coefficient * before * last;
  return (2 * Math.sqrt(Math.max(0, power))) / pcm.length;
}

/** Seconds from the file's start at which a tone of `hz` begins, to within 10 ms. */
export function onsets(pcm: Float32Array, hz: number, threshold = 0.05): number[] {
  const times: number[] = [];
  let sounding = false;
  let quiet = 0;
  for (let at = 0; at + WINDOW <= pcm.length; at += WINDOW / 2) {
    const loud = amplitude(pcm.subarray(at, at + WINDOW), hz) > threshold;
    if (loud && !sounding) times.push(at / RATE);
    quiet = loud ? 0 : quiet + 1;
    sounding = loud || (sounding && quiet < 10);
  }
  return times;
}

/** Share (0…1) of a sound's 100 ms pieces that hold the tone. */
export function shareWithTone(pcm: Float32Array, hz: number, threshold = 0.02): number {
  const step = RATE / 10;
  let pieces = 0;
  let sounding = 0;
  for (let at = 0; at + step <= pcm.length; at += step) {
    pieces += 1;
    if (amplitude(pcm.subarray(at, at + step), hz) > threshold) sounding += 1;
  }
  return pieces === 0 ? 0 : sounding / pieces;
}

/** Root mean square of a piece of sound between two times in seconds. */
export function loudness(pcm: Float32Array, fromS: number, toS: number): number {
  const piece = pcm.subarray(Math.max(0, Math.round(fromS * RATE)), Math.round(toS * RATE));
  let sum = 0;
  for (const sample of piece) sum += sample * sample;
  return piece.length === 0 ? 0 : Math.sqrt(sum / piece.length);
}
