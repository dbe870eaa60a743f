import { readFile } from 'node:fs/promises';
import { TimelineDocumentSchema, type ResultFile } from '@trtc-recorder/contracts';
import { decodeErrors, frameCodes, beepsOf, type Tone } from '../../judge/index.ts';
import { ANCHOR, CLIP, promiseOf, type DrilledRecording } from '../drilled-recording.ts';
import { accountErrorMs } from './accounting.ts';
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
  /** By how much the files and the timeline's gaps together differ from what was promised, ms; null without a timeline. */
  readonly accountErrorMs: number | null;
  /** What is wrong with the files, in words. */
  readonly complaints: readonly string[];
}

const FRAME_MS = 1000 / CLIP.fps;
const LOOP_MS = CLIP.seconds * 1000;

/** Reads the frames and beeps of a recording's files, and only then what the product's own timeline says of them. */
export async function measure(
  recording: DrilledRecording,
  files: readonly ResultFile[],
  localPath: (file: Pick<ResultFile, 'RecordFile'>) => string,
): Promise<Measured> {
  const present: number[] = [];
  const heard = new Map<string, readonly Tone[]>();
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
    const beeps = await beepsOf(path, recording.freq);
    heard.set(file.RecordFile, beeps);
    const sound = compareSound(shown, beeps, CLIP.fps);
    beepsMissing += sound.missing;
    if (Math.abs(sound.skewMs) > Math.abs(skewMs)) skewMs = sound.skewMs;
  }
  const measured = held(recording, present);
  const error = await accountedWith(recording, measured.deliveredMs, heard, localPath);
  return { ...measured, beepsMissing, skewMs, complaints, accountErrorMs: error };
}

async function accountedWith(
  { callback, mediaStart, ...recording }: DrilledRecording,
  deliveredMs: number,
  heard: ReadonlyMap<string, readonly Tone[]>,
  localPath: (file: Pick<ResultFile, 'RecordFile'>) => string,
): Promise<number | null> {
  const promise = promiseOf({ mediaStart, ...recording });
  const { Timeline: delivered } = callback?.result ?? {};
  if (promise === null || delivered?.Status !== 1) return null;
  const text = await readFile(localPath({ RecordFile: delivered.Url }), 'utf8');
  const timeline = TimelineDocumentSchema.parse(JSON.parse(text));
  const files = timeline.Files.map(({ RecordFile, StartMs }) => ({
    startMs: StartMs,
    beeps: heard.get(RecordFile) ?? [],
  }));
  return accountErrorMs({ timeline, userId: ANCHOR, promise, deliveredMs, mediaStart, files });
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
