import type { ResultFile } from '@trtc-recorder/contracts';
import { decodeErrors, frameCodes, beepsOf } from '../../judge/index.ts';
import { CLIP, promiseOf, type DrilledRecording } from '../drilled-recording.ts';
import { holesOf, mediaTimes, type Hole } from './holes.ts';
import { compareSound } from './sound.ts';

/** What is in the files of one recording, held against what its anchor sent. */
export interface Measured {
  /** Promised media, and how much of it is in the files, ms. */
  readonly publishedMs: number;
  readonly deliveredMs: number;
  readonly holes: readonly Hole[];
  /** Seconds whose picture is there without its beep. */
  readonly beepsMissing: number;
  readonly skewMs: number;
  /** What is wrong with the files, in words. */
  readonly complaints: readonly string[];
}

const FRAME_MS = 1000 / CLIP.fps;
const LOOP_MS = CLIP.seconds * 1000;

/** Reads the pictures and beeps of a recording's files; never its product's own timeline. */
export async function measure(
  recording: DrilledRecording,
  files: readonly ResultFile[],
  localPath: (file: ResultFile) => string,
): Promise<Measured> {
  const present: number[] = [];
  const complaints: string[] = [];
  let beepsMissing = 0;
  let skewMs = 0;
  const promise = promiseOf(recording);
  for (const file of inOrder(files)) {
    const path = localPath(file);
    const errors = await decodeErrors(path);
    if (errors !== '') complaints.push(`${path}: ${errors.split('\n')[0] ?? ''}`);
    const frames = (await frameCodes(path)).filter(({ source }) => source === recording.freq);
    const nearMs = (present.at(-1) ?? promise?.fromMs ?? 0) + (present.length > 0 ? FRAME_MS : 0);
    const times = mediaTimes(
      frames.map(({ number }) => number),
      { frameMs: FRAME_MS, loopMs: LOOP_MS, nearMs },
    );
    present.push(...times);
    const promised = (index: number): boolean => (times[index] ?? 0) >= (promise?.fromMs ?? 0);
    const shown = frames.map((frame, index) => ({ ...frame, promised: promised(index) }));
    const sound = compareSound(shown, await beepsOf(path, recording.freq), CLIP.fps);
    beepsMissing += sound.missing;
    if (Math.abs(sound.skewMs) > Math.abs(skewMs)) skewMs = sound.skewMs;
  }
  return { ...held(recording, present), beepsMissing, skewMs, complaints };
}

function held(recording: DrilledRecording, present: readonly number[]) {
  const promise = promiseOf(recording);
  if (promise === null) return { publishedMs: 0, deliveredMs: 0, holes: [] };
  const strikes = recording.strikes.map((at) => at - recording.mediaStart);
  const holes = holesOf(present, strikes, promise, FRAME_MS);
  const publishedMs = promise.toMs - promise.fromMs;
  return {
    publishedMs,
    deliveredMs: publishedMs - holes.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
    holes,
  };
}

const inOrder = (files: readonly ResultFile[]): ResultFile[] =>
  [...files].sort((one, other) => (one.StartTime ?? '').localeCompare(other.StartTime ?? ''));
