import { readFile } from 'node:fs/promises';
import { TimelineDocumentSchema, type ResultFile } from '@trtc-recorder/contracts';
import { flashes, isWhole, truthOf, type Truth } from '@trtc-recorder/stack';
import { clipSpec } from '@trtc-recorder/sandbox';
import type { AnchorSetup } from '../case.ts';
import type { CaseRun } from '../run-case.ts';

/** A flash or a beep that is in a file. */
export interface FoundEvent {
  /** Seconds from the file's start. */
  readonly atS: number;
  /** By the file's place on the timeline, ms since the Unix epoch. */
  readonly wallMs: number;
  /** A flash: the second of the sender's media time that is written in it, within `moduloS`. */
  readonly second?: number;
  /** A beep of which a part is missing: where it begins says nothing. */
  readonly torn?: boolean;
}

/** A delivered file with what was found in it. */
export interface FoundFile {
  readonly file: ResultFile;
  readonly path: string;
  readonly track: 'main' | 'sub';
  /** Where it begins by the timeline, ms since the Unix epoch. */
  readonly startMs: number;
  readonly truth: Truth;
  readonly flashes: readonly FoundEvent[];
  readonly beeps: readonly FoundEvent[];
  /** Numbers of a synthetic anchor's pictures begin again with its loop. */
  readonly moduloS: number;
}

/** Where each file begins on the wall clock, by the delivered timeline: URL → ms since the Unix epoch. */
export async function startsOf({ result, localPath }: CaseRun): Promise<ReadonlyMap<string, number>> {
  if (result.Timeline === undefined) return new Map();
  const path = localPath({ RecordFile: result.Timeline.Url });
  const { Files } = TimelineDocumentSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  return new Map(Files.map(({ RecordFile, StartMs }) => [RecordFile, StartMs]));
}

/** A second of media time lasts so many pictures; of a browser they are numbered without end, in 24 bits. */
function numbering({ clip, browser }: AnchorSetup, track: 'main' | 'sub'): { fps: number; moduloS: number } {
  const { fps, seconds } = clipSpec(clip);
  const rate = track === 'sub' ? SCREEN_FPS : fps;
  return { fps: rate, moduloS: browser === true ? 2 ** 24 / rate : seconds };
}

/** Frames a second of a screen share, of either kind of anchor. */
export const SCREEN_FPS = 5;

/** Reads a delivered file of an anchor. */
export async function findEvents(
  file: ResultFile,
  path: string,
  startMs: number,
  setup: AnchorSetup,
): Promise<FoundFile> {
  const track = file.StreamType ?? 'main';
  const truth = await truthOf(path, setup.clip.freq);
  const { fps, moduloS } = numbering(setup, track);
  const at = (atS: number) => ({ atS, wallMs: startMs + atS * 1000 });
  // A flash whose first picture was lost begins with its second: its number tells how much of it is missing.
  const seen = flashes(truth.pictures).flatMap(({ at: shownS, code }): FoundEvent[] =>
    code === undefined || code.source !== setup.clip.freq
      ? []
      : [{ ...at(shownS - (code.number % fps) / fps), second: Math.floor(code.number / fps) }],
  );
  const beeps = truth.tones.map((tone) => ({ ...at(tone.at), torn: !isWhole(tone) }));
  return { file, path, track, startMs, truth, flashes: seen, beeps, moduloS };
}
