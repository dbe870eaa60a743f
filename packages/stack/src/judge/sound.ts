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

/** A tone that sounds in a file: when it begins, seconds from the file's start, and for how long. */
export interface Tone {
  readonly at: number;
  readonly seconds: number;
}

/** A beep of the sandbox's lasts 100 ms; a lost packet takes 20. */
const WHOLE_S = 0.09;

/** Whether nothing of a beep is missing: where a torn one begins says nothing. */
export const isWhole = ({ seconds }: Tone): boolean => seconds >= WHOLE_S;

/** As long without a loud sample a tone has ended. */
const ENDED = (RATE * 30) / 1000;

/** How long a tone sounds that begins at a sample. */
function lengthFrom(pcm: Float32Array, start: number): number {
  let last = start;
  for (let at = start; at < pcm.length && at - last <= ENDED; at += 1) if (Math.abs(pcm[at] ?? 0) > HEARD) last = at;
  return (last - start) / RATE;
}

/** The tones of `hz` in a piece of sound: found by their frequency, placed by their first and last loud samples. */
export function tones(pcm: Float32Array, hz: number, threshold = 0.05): Tone[] {
  const found: Tone[] = [];
  let sounding = false;
  let quiet = 0;
  for (let at = 0; at + WINDOW <= pcm.length; at += WINDOW / 2) {
    const loud = amplitude(pcm.subarray(at, at + WINDOW), hz) > threshold;
    if (loud && !sounding) {
      const start = firstLoud(pcm, at);
      found.push({ at: start / RATE, seconds: lengthFrom(pcm, start) });
    }
    quiet = loud ? 0 : quiet + 1;
    sounding = loud || (sounding && quiet < 10);
  }
  return found;
}
