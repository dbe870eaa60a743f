import type { Finding } from '@trtc-recorder/contracts';
import type { FilePlan } from '../plan/file-plan.ts';
import {
  copiesAny,
  prevailingFormat,
  videoRuns,
  type FrameFormat,
  type PrevailingRule,
  type SizedPiece,
  type VideoRun,
} from '../plan/picture.ts';
import { findComplaints } from '../probe/decode-pictures.ts';
import { coveredMs } from '../timeline/stretch.ts';
import { readAvcFrames } from './avc-reader.ts';
import { Configurations } from './configurations.ts';
import { createVideoFile } from './matroska-file.ts';
import { brokenPictures } from './broken-pictures.ts';
import { mendPictures } from './mended-pictures.ts';
import { avcCodecString, avcConfiguration, freeId, mergeSets, type ParameterSets } from './parameter-sets.ts';
import { encodeBlack, encodeRun, type EncodedPictures, type EncodeSettings } from './picture-encoder.ts';
import { PictureWriter, type Picture, type PictureFacts } from './picture-writer.ts';
import { takeUp } from './resumed-pictures.ts';
import { readHeader } from './segment-reader.ts';
import type { Workshop } from './workshop.ts';

export interface VideoTrack extends PictureFacts {
  readonly path: string;
  readonly format: FrameFormat;
  /** Video that had to be encoded again. */
  readonly reencodedMs: number;
}

/** Sound ahead of the picture by less than this is covered by its first picture; more by black. */
const BLACK_LEAD_MS = 40;

const sized = async (plan: FilePlan, workshop: Workshop): Promise<SizedPiece[]> => {
  const configurations = new Configurations(workshop);
  const pieces: SizedPiece[] = [];
  for (const piece of plan.video) {
    const { width, height } =
      piece.width === undefined || piece.height === undefined
        ? await readHeader(piece, workshop.spoolDir).catch(() => piece)
        : piece;
    if (width === undefined || height === undefined) continue;
    const signal = await configurations.signalOf(piece);
    pieces.push(...(await takeUp({ ...piece, width, height, signal }, workshop)));
  }
  return pieces;
};

/** The parameter sets that the copied segments start with. */
const copiedSets = async (runs: readonly VideoRun[], workshop: Workshop): Promise<ParameterSets> => {
  const configurations = new Configurations(workshop);
  const all: ParameterSets[] = [];
  for (const run of runs)
    if (run.treatment === 'copy') for (const piece of run.pieces) all.push(await configurations.setsOf(piece));
  return mergeSets(all);
};

const copyRun = (run: VideoRun, workshop: Workshop): EncodedPictures['frames'] =>
  async function* () {
    for (const piece of run.pieces) {
      workshop.signal?.throwIfAborted();
      yield* workshop.tolerate(piece, readAvcFrames(piece, workshop));
    }
  };

/** One and the same for all that is encoded: whatever was copied between, its sets are those the file begins with. */
const settingsFor = (format: FrameFormat, runs: readonly VideoRun[], copied: ParameterSets): EncodeSettings => ({
  format,
  setId: freeId(copied),
  baseline: copiesAny(runs),
});

/** The runs in the file's size and codec, and the sets of those that were encoded. */
const prepareRuns = async (runs: readonly VideoRun[], settings: EncodeSettings, workshop: Workshop) => {
  const frames: EncodedPictures['frames'][] = [];
  const sets: ParameterSets[] = [];
  for (const [index, run] of runs.entries()) {
    if (run.treatment === 'copy') {
      frames.push(copyRun(run, workshop));
      continue;
    }
    const encoded = await encodeRun(run, `run-${index}`, settings, workshop);
    if (encoded === undefined) continue;
    frames.push(() => encoded.frames());
    sets.push(encoded.sets);
  }
  return { frames, sets };
};

const reencodedMs = (runs: readonly VideoRun[]): number =>
  runs
    .filter(({ treatment }) => treatment === 'encode')
    .flatMap((run) => run.pieces)
    .reduce((sum, piece) => sum + Math.min(piece.endMs, piece.untilMs) - piece.startMs, 0);

interface PictureTrack {
  readonly path: string;
  readonly sets: ParameterSets;
  readonly format: FrameFormat;
  readonly plan: FilePlan;
  readonly frames: readonly EncodedPictures['frames'][];
}

const allOf = async function* (frames: PictureTrack['frames']): AsyncGenerator<Picture> {
  for (const open of frames) yield* open();
};

const writePictures = async (
  { path, sets, format, plan }: PictureTrack,
  pictures: AsyncIterable<Picture>,
): Promise<PictureFacts> => {
  const codec = { codec: 'avc' as const, codecString: avcCodecString(sets) };
  const file = await createVideoFile(path, { ...codec, ...format, description: avcConfiguration(sets) });
  const writer = new PictureWriter(file, plan);
  try {
    for await (const picture of pictures) await writer.write(picture);
    const facts = await writer.finish();
    await file.close();
    return facts;
  } finally {
    await file.abandon();
  }
};

/** What is encoded has one and the same sets, whatever it shows. */
const withOurSets = async (
  track: PictureTrack,
  settings: EncodeSettings,
  workshop: Workshop,
): Promise<PictureTrack> => {
  const { sets } = await encodeBlack(track.plan.startMs, settings, workshop);
  return { ...track, sets: mergeSets([track.sets, sets]) };
};

const notChecked = (StartMs: number): Finding => ({
  Code: 'VideoNotChecked',
  Message: `The decoder stopped at ${StartMs} ms: later video frames are in the file unchecked.`,
  StartMs,
});

interface Decodable extends PictureFacts {
  readonly mendedMs: number;
}

/**
 * Nothing undecodable stays: what a decoder complains of is left out up to the next key frame, or mended where that is
 * far. Nothing at all when no picture is left.
 */
const writeDecodable = async (
  track: PictureTrack,
  settings: EncodeSettings,
  workshop: Workshop,
): Promise<Decodable | undefined> => {
  const facts = await writePictures(track, allOf(track.frames));
  const { places } = facts;
  const { complaints, stoppedAtMs } = await findComplaints(track.path, workshop);
  if (stoppedAtMs !== undefined) workshop.report(notChecked(stoppedAtMs));
  const { runs, lost } = brokenPictures(places, complaints);
  if (runs.length === 0) return { ...facts, mendedMs: 0 };
  const { startMs, endMs } = track.plan;
  const stretches = lost.map((stretch) => ({
    startMs: startMs + stretch.startMs,
    endMs: Math.min(endMs, startMs + stretch.endMs),
  }));
  const mendedMs = runs.reduce(
    (sum, { from, to, mended }) => sum + (mended ? Math.min(endMs - startMs, places.atMs(to)) - places.atMs(from) : 0),
    0,
  );
  const pictures = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  workshop.logger.error({ pictures, lostMs: coveredMs(stretches), mendedMs }, 'pictures cannot be decoded');
  workshop.lose(stretches);
  const whole = mendedMs > 0 ? await withOurSets(track, settings, workshop) : track;
  const mending = { sets: track.sets, format: track.format, settings, places, startMs };
  const left = await writePictures(whole, mendPictures(allOf(track.frames), runs, mending, workshop));
  return left.places.length === 0 ? undefined : { ...left, mendedMs };
};

/** Writes the pictures of a file as one H264 stream of one size, each at its time. Nothing when none can be shown. */
export async function writeVideoTrack(
  plan: FilePlan,
  path: string,
  workshop: Workshop,
  prevailing?: PrevailingRule,
): Promise<VideoTrack | undefined> {
  const pieces = await sized(plan, workshop);
  const format = prevailingFormat(pieces, prevailing);
  const runs = videoRuns(pieces, format);
  const copied = await copiedSets(runs, workshop);
  const settings = settingsFor(format, runs, copied);
  const { frames, sets } = await prepareRuns(runs, settings, workshop);
  if (copied.sps.length === 0 && sets.length === 0) return undefined;
  const leadMs = (pieces[0]?.startMs ?? plan.startMs) - plan.startMs;
  if (leadMs > BLACK_LEAD_MS) {
    const black = await encodeBlack(plan.startMs, settings, workshop);
    frames.unshift(() => black.frames());
    sets.push(black.sets);
  }
  const track = { path, sets: mergeSets([copied, ...sets]), format, plan, frames };
  const facts = await writeDecodable(track, settings, workshop);
  if (facts === undefined) return undefined;
  return { path, format, reencodedMs: reencodedMs(runs) + facts.mendedMs, ...facts };
}
