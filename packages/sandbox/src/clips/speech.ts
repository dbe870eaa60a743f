import { run, tryRun } from './run.ts';
import type { ClipSpec } from './spec.ts';

const SENTENCES = [
  'This is an anchor of the local sandbox.',
  'What you hear is recorded as it was sent, frame by frame.',
  'My number is written in the picture.',
  'Nothing that was said here is said twice.',
];

/** A voice of its own for every `freq`. */
const voiceArguments = (freq: number) => ['-p', String(20 + (freq % 60)), '-s', String(130 + (freq % 40)), '-a', '160'];

/**
 * Speech for the whole loop (mono, 16 bits, 48 kHz); `undefined` where espeak-ng is not installed. Cut at the end of
 * the loop, or followed by silence.
 */
export async function speak({ freq, seconds }: ClipSpec): Promise<Int16Array | undefined> {
  const first = freq % SENTENCES.length;
  const text = [...SENTENCES.slice(first), ...SENTENCES.slice(0, first)].join(' ');
  const wave = await tryRun('espeak-ng', [...voiceArguments(freq), '-v', 'en', '--stdout', text]);
  if (wave === undefined) return undefined;
  const raw = await run(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-i', 'pipe:0', '-t', String(seconds)],
      ...['-ar', '48000', '-ac', '1', '-f', 's16le', 'pipe:1'],
    ],
    [wave],
  );
  return new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));
}
