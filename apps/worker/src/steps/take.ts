import type { RoomEvent } from '@trtc-recorder/contracts';
import type { Take } from '@trtc-recorder/media';
import { sleep, type AppError, type Logger } from '@trtc-recorder/runtime';
import type { Ending, EndingWatch, Lost } from '../ending.ts';
import { lastKnown } from '../last-known.ts';
import type { Job, Ports, RecordingSpool } from '../ports.ts';
import { describeEvent } from './event-lines.ts';
import { captureProgress } from './progress.ts';

/** How often the flow looks at the time, at a stop request and at its own abort, ms. */
const LOOK_EVERY_MS = 1_000;

/** What one take works with. */
export interface TakeContext {
  readonly job: Job;
  readonly spool: RecordingSpool;
  readonly watch: EndingWatch;
  readonly ports: Ports;
  readonly logger: Logger;
}

/**
 * One take: joins the room and captures until the recording ends or the room is lost. The take is closed, and the
 * room left, however this ends. Errors of the join go to the caller; whatever comes later is a verdict. Redis is
 * never waited for while capturing: it may be away.
 */
export async function captureTake(context: TakeContext): Promise<Ending | Lost> {
  const { job, spool, watch, ports, logger } = context;
  const { sdkAppId, room, userId, mode } = job.recording;
  const wake = new AbortController();
  let fault: AppError | null = null;
  const take = await spool.startTake({
    worker: ports.settings.workerId,
    mode,
    onFault: (error) => {
      fault ??= error;
      wake.abort();
    },
  });
  const background = (work: Promise<void>, what: string): void => {
    work.catch((error: unknown) => logger.warn({ err: error }, `could not ${what}`));
  };
  watch.newTake(ports.now());
  const onEvent = (event: RoomEvent): void => {
    take.event(event);
    watch.event(event);
    const line = describeEvent(event);
    if (line !== null) background(job.log(line), 'write a log line to the job');
    if (watch.check(ports.now()) !== null) wake.abort();
  };
  let closing = 'failed';
  try {
    const params = { sdkAppId, room, userId, userSig: ports.userSig(job), mode };
    const session = await ports.rooms.join(params, { onFrame: (frame) => take.frame(frame), onEvent }, job.signal);
    try {
      const startedAt = job.state.startedAt ?? ports.now();
      background(job.save({ step: 'capture', takes: take.number, startedAt }), 'save the step reached');
      const verdict = await untilVerdict(context, take, startedAt, wake.signal, () => fault);
      if ('reason' in verdict) {
        closing = verdict.reason;
        return verdict;
      }
      closing = verdict.lost;
      return { ...verdict, shared: () => session.sharedFate() };
    } finally {
      await session.leave();
    }
  } finally {
    await take.close(job.signal.aborted ? 'handed back' : closing);
  }
}

/** Looks once a second, and at once when an event decides; reports progress on the way. */
async function untilVerdict(
  { job, watch, ports, logger }: TakeContext,
  take: Take,
  startedAt: number,
  wake: AbortSignal,
  fault: () => AppError | null,
): Promise<Ending | Lost> {
  const away = (error: unknown) => logger.warn({ err: error }, 'Redis does not answer; the capture goes on');
  const stopped = lastKnown(false, () => job.stopRequested(), away);
  const report = captureProgress(job, startedAt, away);
  for (;;) {
    const now = ports.now();
    const spoolFault = fault();
    if (spoolFault !== null) return faultEnding(spoolFault);
    const verdict = watch.check(now);
    if (verdict !== null) return verdict;
    if (stopped()) return { reason: 'stopped', message: 'stopped through the API' };
    report(take.stats(), now);
    await sleep(LOOK_EVERY_MS, AbortSignal.any([wake, job.signal])).catch(() => undefined);
    job.signal.throwIfAborted();
  }
}

const faultEnding = (error: AppError): Ending => ({
  reason: error.code === 'SpoolFull' ? 'spool_full' : 'failed',
  message: error.message,
});
