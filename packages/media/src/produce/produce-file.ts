import type { Finding, Quality } from '@trtc-recorder/contracts';
import { AppError, errorMessage, silentLogger, type Logger } from '@trtc-recorder/runtime';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { deliveryJob } from '../plan/ffmpeg-arguments.ts';
import { durationMs, type FilePlan } from '../plan/file-plan.ts';
import { readLoudness } from '../probe/loudness.ts';
import type { PrevailingRule } from '../plan/picture.ts';
import { verifyFile } from '../probe/verify-file.ts';
import { spoolFault } from '../spool/faults.ts';
import { missingMedia, withDamage, type Damage } from '../plan/missing-media.ts';
import type { Gap } from '../timeline/gap-list.ts';
import { writeAudioTrack, type AudioTrack } from './audio-track.ts';
import { writeVideoTrack, type VideoTrack } from './video-track.ts';
import { createWorkshop, type Workshop } from './workshop.ts';

export interface ProduceOptions {
  readonly spoolDir: string;
  /** Where the file goes, under its number. Made when missing. */
  readonly outDir: string;
  readonly ffmpegPath?: string;
  readonly ffprobePath?: string;
  readonly signal?: AbortSignal;
  /** Which of the sizes an anchor sent becomes the file's. */
  readonly prevailing?: PrevailingRule;
  /** Called with the part done, from 0 to 1. */
  readonly onProgress?: (done: number) => void;
  readonly logger?: Logger;
}

export interface ProducedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly durationMs: number;
  /** Wall clock, ms since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly quality: Quality;
  /** What of its segments no decoder can use: gaps beside those of its plan. */
  readonly undecodable: readonly Damage[];
}

interface Tracks {
  readonly audio: AudioTrack | undefined;
  readonly video: VideoTrack | undefined;
}

const fileName = ({ id, container }: FilePlan): string => `${String(id).padStart(6, '0')}.${container}`;

const writeTracks = async (plan: FilePlan, workshop: Workshop, prevailing?: PrevailingRule): Promise<Tracks> => {
  const place = (name: string) => path.join(workshop.workDir, name);
  const audio = plan.audio.length > 0 ? await writeAudioTrack(plan, place('audio.mkv'), workshop) : undefined;
  const video =
    plan.video.length > 0 ? await writeVideoTrack(plan, place('video.mkv'), workshop, prevailing) : undefined;
  if ((audio?.packets ?? 0) === 0 && video === undefined)
    throw new AppError('ConvertFailed', 'none of the segments could be read', { retryable: false });
  return { audio, video };
};

const deliver = async (plan: FilePlan, { audio, video }: Tracks, workshop: Workshop, options: ProduceOptions) => {
  const output = path.join(workshop.workDir, `delivery.${plan.container}`);
  const job = deliveryJob({
    container: plan.container,
    ...(audio === undefined ? {} : { audio }),
    ...(video === undefined ? {} : { video }),
    output,
    startTime: new Date(plan.startMs).toISOString(),
  });
  const printed = await workshop.run(job, (doneMs) => options.onProgress?.(Math.min(1, doneMs / durationMs(plan))));
  return { output, loudness: readLoudness(printed) };
};

const farther = (a: number, b: number): number => (Math.abs(b) > Math.abs(a) ? b : a);

/** The skew is what was found in the file: where its streams end, and video frames that had to wait. */
const qualityOf = (
  plan: FilePlan,
  { video }: Tracks,
  gaps: readonly Gap[],
  skewMs: number,
  findings: readonly Finding[],
): Quality => ({
  ...missingMedia(video === undefined ? { ...plan, video: [] } : plan, gaps),
  ReencodedMs: Math.round(video?.reencodedMs ?? 0),
  SkewMs: Math.round(farther(skewMs, video?.latestMs ?? 0)),
  ...(findings.length > 0 && { Findings: [...findings] }),
});

/** A full disk, met by us or by ffmpeg, or one that is away: a later attempt can help. */
const asAppError = (error: unknown): unknown => {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || /No space left on device/.test(errorMessage(error)))
    return new AppError('SpoolFull', 'no space left for the file', { cause: error, retryable: true });
  const isOfFile = syscall !== undefined && !syscall.startsWith('spawn');
  return isOfFile ? spoolFault(error, 'making a file') : error;
};

const WORK = '.work';

/**
 * A directory of this production's own. Another's for the same file may still be there, even at work: left by a process
 * that was killed, or of a worker that was taken for dead and wakes up. That one loses its directory, and nothing here.
 */
const makeWorkDir = async (outDir: string, file: string): Promise<string> => {
  await mkdir(outDir, { recursive: true });
  const others = (await readdir(outDir)).filter((name) => name.startsWith(`${file}.`) && name.endsWith(WORK));
  for (const name of others) await rm(path.join(outDir, name), { recursive: true, force: true });
  const workDir = path.join(outDir, `${file}.${randomBytes(4).toString('hex')}${WORK}`);
  await mkdir(workDir);
  return workDir;
};

/**
 * Makes a file of its segments and checks it; only a file that can be played gets its name, with what the check found in
 * its quality. Leftovers of an earlier attempt are replaced. Errors: ConvertFailed, FileRejected, SpoolFull, SpoolFailed; the signal's reason when aborted.
 */
export async function produceFile(plan: FilePlan, options: ProduceOptions): Promise<ProducedFile> {
  const { outDir, logger = silentLogger(), signal, spoolDir, ffmpegPath, ffprobePath } = options;
  const final = path.join(outDir, fileName(plan));
  let workDir: string | undefined;
  try {
    workDir = await makeWorkDir(outDir, fileName(plan));
    const workshop = createWorkshop({ spoolDir, workDir, ffmpegPath, signal, logger });
    const tracks = await writeTracks(plan, workshop, options.prevailing);
    const { output, loudness } = await deliver(plan, tracks, workshop, options);
    const expected = tracks.video === undefined ? { ...plan, video: [] } : plan;
    const verified = await verifyFile(output, expected, { ffmpegPath, ffprobePath, signal, loudness });
    if (verified.findings.length > 0) logger.warn({ findings: verified.findings }, 'file delivered with findings');
    await rename(output, final);
    const { size } = await stat(final);
    const undecodable = workshop.lost();
    const quality = qualityOf(plan, tracks, withDamage(plan, undecodable), verified.skewMs, [
      ...workshop.findings(),
      ...verified.findings,
    ]);
    return {
      ...{ path: final, size, durationMs: verified.durationMs, startMs: plan.startMs, endMs: plan.endMs },
      ...{ quality, undecodable },
    };
  } catch (error) {
    throw asAppError(error);
  } finally {
    if (workDir !== undefined) await rm(workDir, { recursive: true, force: true });
  }
}
