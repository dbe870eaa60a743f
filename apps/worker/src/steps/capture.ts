import { crashLimits } from '@trtc-recorder/queue';
import { AppError, isMachineFault, withTimeout, type Logger } from '@trtc-recorder/runtime';
import { EndingWatch, type Ending, type Lost } from '../ending.ts';
import type { Job, Ports, RecordingSpool } from '../ports.ts';
import { ReceptionWatch } from './reception-watch.ts';
import { captureTake, STOPPED, type JoinTries, type TakeContext } from './take.ts';

/**
 * Retries of the first join: with the SDK's own time limit of ≈ 13 s offline, a minute or so. The job's further
 * attempts make it several.
 */
const JOIN_TRIES: JoinTries = { retries: 3, minMs: 1_000, maxMs: 10_000 };
/** A recording that has been in its room tries for this long to come back: a network may be away for minutes. */
const REJOIN_FOR_MS = 10 * 60_000;
const REJOIN_TRIES: JoinTries = {
  retries: Number.POSITIVE_INFINITY,
  minMs: 500,
  maxMs: 5_000,
  withinMs: REJOIN_FOR_MS,
};
/** How long the queue is asked whose the recording is before a room is joined again, ms. */
const ASK_WITHIN_MS = 1_000;
/** For how long after a change of workers the one before may still turn up in the room. */
const PREDECESSOR_MS = 10 * 60_000;
/** Takes lost within this time of their start count as one failure after another, ms. */
const SHORT_TAKE_MS = 10_000;
const MAX_SHORT_TAKES = 5;

/**
 * Joins and captures, take after take, until the recording ends. A lost room or browser begins a new take in the same
 * spool. When the room cannot be had again, what was recorded until then is the recording: the ending is `failed`.
 * A recording that never was in the room throws the join's error instead.
 */
export async function captureUntilTheEnd(
  job: Job,
  spool: RecordingSpool,
  ports: Ports,
  logger: Logger,
): Promise<Ending> {
  if (job.crashes >= crashLimits.salvage)
    return { reason: 'failed', message: `its worker died ${job.crashes} times; what was captured is delivered` };
  // Stopped while it changed workers: what was captured before is the recording, and nobody goes in for it any more.
  if (job.stopRequested) return STOPPED;
  const reception = new ReceptionWatch(
    (line) => {
      job.log(line).catch((error: unknown) => logger.warn({ err: error }, 'could not write a log line to the job'));
    },
    () => ports.steady(),
  );
  const context = { job, spool, watch: newWatch(job, ports), reception, ports, logger };
  for (let shortTakes = 0; ;) {
    const startedAt = ports.steady();
    const verdict = await joinedTake(context);
    if ('reason' in verdict) return verdict;
    const short = ports.steady() - startedAt < SHORT_TAKE_MS;
    // A browser that died with several recordings in it is blamed on none: Browsers finds out whose doing it was.
    if (!short) shortTakes = 0;
    else if (verdict.shared?.() !== true) shortTakes += 1;
    if (shortTakes >= MAX_SHORT_TAKES)
      return { reason: 'failed', message: `lost the room ${MAX_SHORT_TAKES} times in a row: ${verdict.lost}` };
    // Redis may be away, and nobody waits for it with the room lost.
    job.log(`capture: ${verdict.lost}; joining again`).catch((error: unknown) => {
      logger.warn({ err: error }, 'could not write a log line to the job');
    });
    await leaveItToOthers(job);
  }
}

/**
 * Throws when the recording belongs to another worker by now: while this one hung, both its rooms and its lock were
 * lost, and going in again would throw the other out. Redis may be away too, and isn't waited for long.
 */
async function leaveItToOthers(job: Job): Promise<void> {
  const asked = job.save({});
  asked.catch(() => undefined);
  await withTimeout(asked, ASK_WITHIN_MS, () => new Error('Redis is away')).catch(() => undefined);
  job.signal.throwIfAborted();
}

/** One take. A recording that was in its room before ends with what it has when it can't come back. */
async function joinedTake(context: TakeContext): Promise<Ending | Lost> {
  const { job, spool } = context;
  const everInTheRoom = job.state.startedAt !== undefined;
  try {
    return await captureTake(context, everInTheRoom ? REJOIN_TRIES : JOIN_TRIES);
  } catch (error) {
    if (error instanceof AppError && error.code === 'SpoolTaken') {
      // The journal doesn't tell which of the two is the rightful one. Here Redis is waited for.
      await job.save({});
      await spool.claim();
      return { lost: error.message };
    }
    if (job.signal.aborted || !everInTheRoom || !(error instanceof AppError)) throw error;
    if (error.code === 'SpoolFull') return { reason: 'spool_full', message: `could not join again: ${error.message}` };
    // The room may go on: another worker is in it within seconds, or this one once its machine is repaired.
    if (isMachineFault(error)) throw error;
    return { reason: 'failed', message: `could not join again: ${error.message}` };
  }
}

const newWatch = (job: Job, ports: Ports): EndingWatch => {
  const { noAnchorMs, maxDurationMs } = ports.settings;
  const limits = {
    noAnchorMs,
    // Asked for anew each time: it can be changed while the recording runs.
    get maxDurationMs() {
      return Math.min(job.recording.maxDurationMs ?? maxDurationMs, maxDurationMs);
    },
    predecessorMs: job.state.takes > 0 ? PREDECESSOR_MS : 0,
  };
  const now = ports.steady();
  const sinceStart = job.state.startedAt === undefined ? 0 : ports.now() - job.state.startedAt;
  return new EndingWatch(limits, now - sinceStart, now);
};
