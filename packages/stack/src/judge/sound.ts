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

/** A sample as loud as this belongs to a tone that was found near it: a full beep has 0.4. */
const HEARD = 0.05;

/** The first loud sample near a place where a tone was found to begin. */
function firstLoud(pcm: Float32Array, near: number): number {
  const from = Math.max(0, near - WINDOW);
  const found = pcm.subarray(from, near + WINDOW).findIndex((sample) => Math.abs(sample) > HEARD);
  return found < 0 ? near : from + found;
}

/** Seconds from the file's start at which a tone of `hz` begins: found by its frequency, placed by its first sample. */
export function onsets(pcm: Float32Array, hz: number, threshold = 0.05): number[] {
  const times: number[] = [];
  let sounding = false;
  let quiet = 0;
  for (let at = 0; at + WINDOW <= pcm.length; at += WINDOW / 2) {
    const loud = amplitude(pcm.subarray(at, at + WINDOW), hz) > threshold;
    if (loud && !sounding) times.push(firstLoud(pcm, at) / RATE);
    quiet = loud ? 0 : quiet + 1;
    sounding = loud || (sounding && quiet < 10);
  }
  return times;
}
