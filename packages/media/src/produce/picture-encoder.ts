import { AppError } from '@trtc-recorder/runtime';
import { EncodedPacketSink, FilePathSource, Input, MATROSKA } from 'mediabunny';
import path from 'node:path';
import { blackJob, encodeJob, type EncodeInput } from '../plan/ffmpeg-arguments.ts';
import type { VideoRun } from '../plan/picture.ts';
import { readAvcFrames, readParameterSets } from './avc-reader.ts';
import { createVideoFile, type MatroskaFile, type VideoFormat } from './matroska-file.ts';
import { joinWithLengths, splitLengthPrefixed } from './nal-units.ts';
import {
  ActiveSets,
  avcCodecString,
  avcConfiguration,
  noSets,
  parseAvcConfiguration,
  type ParameterSets,
} from './parameter-sets.ts';
import type { Picture } from './picture-writer.ts';
import type { Signal } from '../spool/frames/h264/vui.ts';
import { readFrames } from './segment-reader.ts';
import { withoutTiming } from './sps-timing.ts';
import type { Workshop } from './workshop.ts';

/** Pictures as H264 with length prefixes, in order, on the wall clock. */
export interface EncodedPictures {
  readonly sets: ParameterSets;
  frames(): AsyncGenerator<Picture>;
}

export type EncodeSettings = Pick<EncodeInput, 'format' | 'setId' | 'baseline'>;

/** What our own encoder wrote: its sets are in the header, and go with every key frame. */
const readEncoded = async (file: string, startMs: number): Promise<EncodedPictures> => {
  const open = () => new Input({ source: new FilePathSource(file), formats: [MATROSKA] });
  const header = open();
  const config = await (await header.getPrimaryVideoTrack())?.getDecoderConfig();
  header.dispose();
  const written = parseAvcConfiguration(new Uint8Array(config?.description as ArrayBuffer | Uint8Array));
  const sets = { sps: written.sps.map(withoutTiming), pps: written.pps };
  return {
    sets,
    async *frames() {
      const input = open();
      try {
        const track = await input.getPrimaryVideoTrack();
        if (track === null) return;
        const active = new ActiveSets(sets);
        for await (const packet of new EncodedPacketSink(track).packets()) {
          const units = splitLengthPrefixed(packet.data);
          const key = packet.type === 'key';
          const data = joinWithLengths(key ? active.addTo(units) : units);
          yield { data, key, wallMs: startMs + packet.timestamp * 1000 };
        }
      } finally {
        input.dispose();
      }
    },
  };
};

const CODECS = { h264: 'avc', vp8: 'vp8', vp9: 'vp9', av1: 'av1', h265: 'hevc' } as const;
const CODEC_STRINGS = { h264: '', vp8: 'vp8', vp9: 'vp09.00.10.08', av1: 'av01.0.04M.08', h265: 'hev1.1.6.L93.B0' };

/** The sets of the first segment that can be read. */
const firstSets = async (run: VideoRun, workshop: Workshop): Promise<ParameterSets> => {
  for (const piece of run.pieces) {
    const sets = await readParameterSets(piece, workshop);
    if (sets.sps.length > 0) return sets;
  }
  return noSets;
};

/** Nothing when no segment of the run can be read. */
const formatOf = async (run: VideoRun, workshop: Workshop): Promise<VideoFormat | undefined> => {
  const [first] = run.pieces;
  if (first === undefined || first.codec === 'opus') return undefined;
  const base = { codec: CODECS[first.codec], width: first.width, height: first.height };
  if (first.codec !== 'h264') return { ...base, codecString: CODEC_STRINGS[first.codec] };
  const sets = await firstSets(run, workshop);
  if (sets.sps.length === 0) return undefined;
  return { ...base, codecString: avcCodecString(sets), description: avcConfiguration(sets) };
};

/** Writes a run's frames at their times, from 0; returns where on the wall clock that is. */
const writeRun = async (run: VideoRun, file: MatroskaFile, workshop: Workshop): Promise<number | undefined> => {
  let startMs: number | undefined;
  for (const piece of run.pieces) {
    workshop.signal?.throwIfAborted();
    const frames = piece.codec === 'h264' ? readAvcFrames(piece, workshop) : readFrames(piece, workshop.spoolDir);
    for await (const frame of workshop.tolerate(piece, frames)) {
      startMs ??= frame.wallMs;
      // B-frames that hang on what came before the first key frame.
      if (frame.wallMs < startMs) continue;
      await file.write({ data: frame.data, key: frame.key, atMs: frame.wallMs - startMs });
    }
  }
  return startMs;
};

interface Encoding extends EncodeSettings {
  readonly input: string;
  readonly output: string;
  /** Where on the wall clock the input begins. */
  readonly startMs: number;
  readonly source?: Signal;
  /** From when on its pictures are wanted: whole ms since its start. */
  readonly fromMs?: number;
}

/** What ffmpeg ends with that could decode nothing at all. */
const NOTHING = /^Cannot determine format of input stream/;
const foundNothing = (error: unknown): boolean =>
  error instanceof AppError &&
  (error.details['stderrTail'] as string[] | undefined)?.some((line) => NOTHING.test(line)) === true;

const isEmpty = async (encoded: EncodedPictures): Promise<boolean> => {
  const frames = encoded.frames();
  const { done } = await frames.next();
  await frames.return(undefined);
  return done === true;
};

/** Decodes a file and encodes it anew. Nothing when no picture that is wanted can be decoded. */
export async function encodeFile(encoding: Encoding, workshop: Workshop): Promise<EncodedPictures | undefined> {
  const { startMs, fromMs, output, ...rest } = encoding;
  try {
    await workshop.run(encodeJob({ ...rest, output, ...(fromMs === undefined ? {} : { fromS: fromMs / 1000 }) }));
    const encoded = await readEncoded(output, startMs);
    return (await isEmpty(encoded)) ? undefined : encoded;
  } catch (error) {
    if (!foundNothing(error)) throw error;
    return undefined;
  }
}

const shownOf = ({ startMs, endMs, untilMs }: VideoRun['pieces'][number]) => ({
  startMs,
  endMs: Math.min(endMs, untilMs),
});

/** Decodes a run of another size or codec and encodes it to the file's. Nothing when no frame of it can be read. */
export async function encodeRun(
  run: VideoRun,
  name: string,
  settings: EncodeSettings,
  workshop: Workshop,
): Promise<EncodedPictures | undefined> {
  const input = path.join(workshop.workDir, `${name}-in.mkv`);
  const output = path.join(workshop.workDir, `${name}-out.mkv`);
  const format = await formatOf(run, workshop);
  if (format === undefined) return undefined;
  const file = await createVideoFile(input, format);
  let startMs;
  try {
    startMs = await writeRun(run, file, workshop);
    if (startMs !== undefined) await file.close();
  } finally {
    await file.abandon();
  }
  if (startMs === undefined) return undefined;
  const [first] = run.pieces;
  // The intermediate file has whole ms.
  const cut = first?.preroll === true ? { fromMs: Math.max(0, Math.floor(first.startMs - startMs)) } : {};
  const source = first === undefined ? {} : { source: first.signal };
  const encoded = await encodeFile({ input, output, startMs, ...source, ...settings, ...cut }, workshop);
  if (encoded === undefined) workshop.lose(run.pieces.map(shownOf));
  return encoded;
}

/** One black picture at `startMs`: what a file shows whose sound began before its picture. */
export async function encodeBlack(
  startMs: number,
  settings: EncodeSettings,
  workshop: Workshop,
): Promise<EncodedPictures> {
  const output = path.join(workshop.workDir, 'black.mkv');
  await workshop.run(blackJob({ output, ...settings }));
  return readEncoded(output, startMs);
}
