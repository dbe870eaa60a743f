import { speak } from './speech.ts';
import { FLASH_SECONDS, type ClipSpec } from './spec.ts';

export const SAMPLE_RATE = 48_000;
const LOUDNESS = 0.4 * 32_767;
/** Beeps swell and fade over this long, so that they don't click. */
const RAMP_SECONDS = 0.002;

/** The loop's sound: mono, 16 bits, 48 kHz, exactly `seconds` long. */
export async function sound(spec: ClipSpec): Promise<Int16Array> {
  const samples = new Int16Array(spec.seconds * SAMPLE_RATE);
  if (spec.pattern === 'speech') samples.set((await speak(spec)) ?? melody(spec));
  else samples.set(tone(samples.length, spec.freq, spec.pattern === 'flash' ? beepEnvelope : () => 1));
  return samples;
}

/** A beep at every whole second. */
function beepEnvelope(seconds: number): number {
  const at = seconds % 1;
  if (at >= FLASH_SECONDS) return 0;
  return Math.min(1, at / RAMP_SECONDS, (FLASH_SECONDS - at) / RAMP_SECONDS);
}

const tone = (length: number, freq: number, envelope: (seconds: number) => number): Int16Array =>
  Int16Array.from({ length }, (_, index) => {
    const seconds = index / SAMPLE_RATE;
    return Math.round(LOUDNESS * envelope(seconds) * Math.sin(2 * Math.PI * freq * seconds));
  });

/** Four notes a second, up and down a major chord over `freq`: no speech, but not a plain tone either. */
function melody({ freq, seconds }: ClipSpec): Int16Array {
  const chord = [1, 1.25, 1.5, 2, 1.5, 1.25];
  return Int16Array.from({ length: seconds * SAMPLE_RATE }, (_, index) => {
    const at = index / SAMPLE_RATE;
    const note = chord[Math.floor(at * 4) % chord.length] ?? 1;
    const fade = Math.min(1, ((at * 4) % 1) * 20, (1 - ((at * 4) % 1)) * 4);
    return Math.round(LOUDNESS * fade * Math.sin(2 * Math.PI * freq * note * at));
  });
}
