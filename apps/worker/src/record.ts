import type { RecordingResult, ResultFile } from '@trtc-recorder/contracts';
import { STEPS, type Step } from '@trtc-recorder/contracts';
import type { JournalEntry } from '@trtc-recorder/media';
import { AppError, type Logger } from '@trtc-recorder/runtime';
import { inParallel } from './in-parallel.ts';
import type { Job, Ports, RecordingSpool } from './ports.ts';
import { composeResult } from './result.ts';
import { captureUntilTheEnd } from './steps/capture.ts';
import { convert } from './steps/convert.ts';
import { deliver } from './steps/deliver.ts';
import { deliverTimeline } from './steps/timeline.ts';
import { FileProgress } from './steps/progress.ts';

/**
 * The journey of one recording: join → capture → transcode → upload. The step reached is kept in the job, so another
 * worker goes on where this one stopped: in the room with a new take, or with the files not yet delivered.
 *
 * Throws only when nothing could be recorded, or when the job is to be handed over (`job.signal`); every other failure
 * is part of the result.
 */
export async function record(job: Job, ports: Ports, logger: Logger): Promise<RecordingResult> {
  const spool = await ports.spools.open(job.recording.requestId);

  if (isBefore(job.state.step, 'transcode')) {
    await job.log(`join: worker ${ports.settings.workerId}, attempt ${job.attempt}`);
    const ending = await captureUntilTheEnd(job, spool, ports, logger);
    await job.log(`capture: ended: ${ending.message}`);
    await job.save({
      step: 'transcode',
      reason: ending.reason,
      endedMessage: ending.message,
      endedAt: ports.now(),
    });
  }

  const files = await transcodeAndUpload(job, spool, ports);
  await deliverTimeline(job, spool, files, ports);
  await cleanUp(job, spool, files, ports);
  return composeResult(job.recording, { ...job.state, files });
}

/** Files are uploaded as they are made: the first is delivered while the last is still being converted. */
async function transcodeAndUpload(job: Job, spool: RecordingSpool, ports: Ports): Promise<ResultFile[]> {
  await spool.recover();
  const journal = await spool.journal();
  assertSpoolIsHere(job, journal);
  const plans = ports.files.plan(journal, job.recording.mode);
  const { startedAt = 0, endedAt = startedAt } = job.state;
  const progress = new FileProgress(job, {
    Files: plans.length,
    Anchors: new Set(plans.map((plan) => plan.userId)).size,
    Seconds: Math.round((endedAt - startedAt) / 1000),
  });
  await progress.report();

  const delivered = new Map(job.state.files.map((file) => [fileId(file), file]));
  await inParallel(plans, ports.settings.transcodeParallel, async (plan) => {
    const id = fileId({
      UserId: plan.userId,
      StreamType: plan.stream,
      StartTime: new Date(plan.startMs).toISOString(),
    });
    if (delivered.get(id)?.Status === 1) return;
    const converted = await convert(job, plan, spool, ports);
    await progress.converted();
    if (job.state.step !== 'upload') await job.save({ step: 'upload' });
    const file = await deliver(job, converted, ports);
    delivered.set(id, file);
    await job.save({ files: [...delivered.values()] });
    await progress.uploaded();
  });
  return inOrder([...delivered.values()]);
}

/**
 * A recording that was captured has takes in its journal. None means that the spool lies on another machine's disk:
 * reporting "no files" would lose them silently.
 */
function assertSpoolIsHere(job: Job, journal: readonly JournalEntry[]): void {
  if (job.state.takes === 0 || journal.some(({ type }) => type === 'take')) return;
  throw new AppError(
    'SpoolFailed',
    'the spool of this recording is not under WORK_DIR here; it is on the disk of the worker that captured it',
  );
}

/** Segments live until every file made of them is delivered and verified. */
async function cleanUp(job: Job, spool: RecordingSpool, files: ResultFile[], ports: Ports): Promise<void> {
  const undelivered = files.filter((file) => file.Status === 0).length;
  if (undelivered > 0)
    await job.log(`upload: ${undelivered} of ${files.length} files not delivered; their segments stay in the spool`);
  else if (!ports.settings.keepSpool) await spool.remove();
}

const isBefore = (step: Step, other: Step): boolean => STEPS.indexOf(step) < STEPS.indexOf(other);

const fileId = (file: Pick<ResultFile, 'UserId' | 'StreamType' | 'StartTime'>): string =>
  JSON.stringify([file.UserId, file.StreamType, file.StartTime]);

const inOrder = (files: ResultFile[]): ResultFile[] =>
  files.sort(
    (a, b) => fileId(a).localeCompare(fileId(b), 'en') || (a.StartTime ?? '').localeCompare(b.StartTime ?? ''),
  );
