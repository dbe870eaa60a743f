import type { RecordingResult, ResultFile } from '@trtc-recorder/contracts';
import { STEPS, type Step } from '@trtc-recorder/contracts';
import type { JournalEntry } from '@trtc-recorder/media';
import { Interruption, type RecordingState } from '@trtc-recorder/queue';
import type { Logger } from '@trtc-recorder/runtime';
import type { Job, Ports, RecordingSpool } from './ports.ts';
import { composeResult } from './result.ts';
import { captureUntilTheEnd } from './steps/capture.ts';
import { whileCopied } from './steps/copied.ts';
import { deliverFiles } from './steps/deliver-files.ts';
import { abandonUploads, abortUploads } from './steps/left-overs.ts';
import { logMissingParts, straysTold } from './steps/missing.ts';
import { keepEnding, keptEnding } from './steps/kept-ending.ts';
import { isNeverArrived, tellNeverArrived } from './steps/never-arrived.ts';
import { deliverTimeline } from './steps/timeline.ts';
import { orWaitForMachine } from './steps/wait-for-machine.ts';
import { waitUnlessHere } from './steps/wait-for-spool.ts';

/**
 * The journey of one recording: join → capture → transcode → upload. The step reached is kept in the job, so another
 * worker goes on where this one stopped: in the room with a new take, or with the files not yet delivered.
 *
 * Throws only when nothing could be recorded, or when the job goes back to the queue: handed over (`job.signal`), because
 * the delivery has to wait, or because this machine cannot go on. Every other failure is part of the result.
 */
export const record = (job: Job, ports: Ports, logger: Logger): Promise<RecordingResult> =>
  orWaitForMachine(job, ports, () => journey(job, ports, logger));

async function journey(job: Job, ports: Ports, logger: Logger): Promise<RecordingResult> {
  await believeReceipt(job, ports);
  const spool = await ports.spools.open(job.recording.requestId);
  if (job.state.delivered === true) {
    await clear(job, spool, ports, logger);
    return composeResult(job.recording, job.state);
  }

  if (isBefore(job.state.step, 'transcode')) {
    await job.log(`join: worker ${ports.settings.workerId}, attempt ${job.attempt}`);
    await whileCopied(job, spool, ports, () => captureToTheEnd(job, spool, ports, logger));
  }

  await ports.copies.restore(job, spool);
  const files = await transcodeAndUpload(job, spool, ports, logger);
  await deliverTimeline(job, spool, files, ports);
  await cleanUp(job, spool, files, ports, logger);
  return composeResult(job.recording, { ...job.state, files });
}

/**
 * Captures, and keeps how it ended before anything else: a worker that takes over from here on must not join again. On
 * the disk too, because Redis may refuse for now, and this worker may not live until it doesn't.
 */
async function captureToTheEnd(job: Job, spool: RecordingSpool, ports: Ports, logger: Logger): Promise<void> {
  const before = keptEnding(await spool.journal(), spool, job.state);
  const { reason, message } = before ?? (await captureUntilTheEnd(job, spool, ports, logger));
  if (before === undefined) await keepEnding(spool, { reason, message }, logger);
  await job.save({ step: 'transcode', reason, endedMessage: message, endedAt: before?.at ?? ports.now() });
  await job.log(`capture: ended: ${message}`);
}

async function transcodeAndUpload(
  job: Job,
  spool: RecordingSpool,
  ports: Ports,
  logger: Logger,
): Promise<ResultFile[]> {
  await spool.recover();
  const journal = await spool.journal();
  await waitUnlessHere(job, holdsTakesOf(job, journal), ports);
  const strays = (await spool.strays()).length;
  await job.save({ takenIn: spoolsIn(journal, spool), ...(strays > 0 && { strays }) });
  await logMissingParts(job);
  const plans = await ports.files.plan(journal, job.recording.mode);
  const files = await deliverFiles(job, plans, spool, ports).catch(async (error: unknown) => {
    if (isTerminated(job.signal)) await abandonUploads(job, ports, logger);
    throw error;
  });
  if (job.state.diskAway !== undefined) await job.save({ diskAway: undefined, wait: undefined });
  return [...files, ...(await tellNeverArrived(job, journal, ports))];
}

const isTerminated = ({ reason }: AbortSignal): boolean =>
  reason instanceof Interruption && reason.kind === 'terminated';

/**
 * A recording that was captured has takes in its journal. None means that the spool lies on another machine's disk:
 * reporting "no files" would lose them silently.
 */
const holdsTakesOf = (job: Job, journal: readonly JournalEntry[]): boolean =>
  job.state.takes === 0 || journal.some(({ type }) => type === 'take');

/** The spool itself, and those of other disks that were put into it. */
const spoolsIn = (journal: readonly JournalEntry[], { name }: RecordingSpool): RecordingState['takenIn'] => [
  { spool: name },
  ...journal.flatMap((entry) => (entry.type === 'restored' ? [{ spool: entry.spool, until: entry.until }] : [])),
];

/** Segments live until every file made of them is delivered and verified. Parts that nobody completes would be billed. */
async function cleanUp(
  job: Job,
  spool: RecordingSpool,
  files: ResultFile[],
  ports: Ports,
  logger: Logger,
): Promise<void> {
  if (files.length > 0) await abortUploads(job, ports);
  const undelivered = files.filter((file) => file.Status === 0 && !isNeverArrived(file)).length;
  if (undelivered > 0) {
    await job.log(`upload: ${undelivered} of ${files.length} files not delivered; their segments stay in the spool`);
    return;
  }
  if (job.state.strays !== undefined) {
    await job.log(`upload: every file is delivered, but the spool stays: ${straysTold(job.state.strays)}`);
    return;
  }
  // Said before it is done: who finds the job after a crash must not wait for a spool that nobody has any more.
  await job.save({ files, delivered: true });
  await clear(job, spool, ports, logger);
}

/** Nothing of a delivered recording stays but its receipt; done again when a worker died over it. */
async function clear(job: Job, spool: RecordingSpool, ports: Ports, logger: Logger): Promise<void> {
  if (!ports.settings.keepSpool)
    await ports.receipts.keep(job).catch((error: unknown) => {
      // On a full disk it is the spool that has to go.
      logger.warn({ err: error }, 'no receipt could be kept of a delivered recording');
    });
  await ports.copies.remove(job);
  if (!ports.settings.keepSpool)
    await spool.remove().catch((error: unknown) => {
      // The files are where they belong; the next sweep of the disk tries again.
      logger.warn({ err: error }, 'the spool of a delivered recording could not be removed');
    });
}

/** Redis may come back without what it was told last: that every file was delivered. The spool is gone by then. */
async function believeReceipt(job: Job, ports: Ports): Promise<void> {
  if (job.state.delivered === true) return;
  const delivered = await ports.receipts.find(job);
  if (delivered === null) return;
  await job.save(delivered);
  await job.log('upload: delivered already, as a receipt says; Redis had lost that');
}

const isBefore = (step: Step, other: Step): boolean => STEPS.indexOf(step) < STEPS.indexOf(other);
