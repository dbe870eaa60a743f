import type { Take } from '@trtc-recorder/media';
import { isMachineFault, type AppError, type Logger } from '@trtc-recorder/runtime';
import type { Ending, EndingWatch, Lost } from '../ending.ts';
import type { Job, Ports, RecordingSpool, RoomListener, Session } from '../ports.ts';
import { withStepRetry, type StepRetry } from '../step-retry.ts';
import { expiryWarning } from '../user-sig.ts';
import { Wake } from '../wake.ts';
import { describeEvent } from './event-lines.ts';
import type { ReceptionWatch } from './reception-watch.ts';
import { captureProgress } from './progress.ts';

/** How often the flow looks at the time, at a stop request and at its own abort, ms. */
const LOOK_EVERY_MS = 1_000;

/** How often, and for how long, a join is tried. */
export type JoinTries = Omit<StepRetry, 'what' | 'signal' | 'log'>;

/** What one take works with. */
export interface TakeContext {
  readonly job: Job;
  readonly spool: RecordingSpool;
  readonly watch: EndingWatch;
  readonly reception: ReceptionWatch;
  readonly ports: Ports;
  readonly logger: Logger;
}

export const STOPPED: Ending = { reason: 'stopped', message: 'stopped through the API' };

/**
 * One take: joins the room, again and again while that can help, and captures until the recording ends or the room is
 * lost. The take is closed, and the room left, however this ends. Errors of the join and SpoolTaken go to the caller;
 * whatever comes later is a verdict. Redis is never waited for: it may be away.
 */
export async function captureTake(context: TakeContext, tries: JoinTries): Promise<Ending | Lost> {
  const { job, spool, watch, ports } = context;
  job.signal.throwIfAborted();
  const wake = new Wake();
  let fault: AppError | null = null;
  let inRoom: Session | null = null;
  const take = await spool.startTake({
    worker: ports.settings.workerId,
    mode: job.recording.mode,
    aheadMs: job.clock.aheadMs,
    onFault: (error) => {
      fault ??= error;
      wake.ring();
    },
    onKeyFrameNeeded: (tap) => inRoom?.requestKeyFrame(tap),
  });
  watch.newTake(ports.steady());
  let closing = 'failed';
  try {
    const session = await joinRoom(context, tries, listenerOf(context, take, wake));
    if ('reason' in session) {
      closing = session.reason;
      return session;
    }
    inRoom = session;
    try {
      const verdict = await inTheRoom(context, take, wake, () => fault);
      if ('reason' in verdict) take.ended(verdict);
      closing = 'reason' in verdict ? verdict.reason : verdict.lost;
      return 'reason' in verdict ? verdict : { ...verdict, shared: () => session.sharedFate() };
    } finally {
      await session.leave();
    }
  } finally {
    context.reception.takeEnded('recorder-disconnected');
    await take.close(job.signal.aborted ? 'handed back' : closing);
  }
}

/** What a session tells goes into the take, to the watch over the end, and to whoever follows the job's log. */
const listenerOf = (context: TakeContext, take: Take, wake: Wake): RoomListener => ({
  onFrame: (frame) => {
    take.frame(frame);
    context.reception.frame(frame);
  },
  onEvent: (event) => {
    const { watch, ports } = context;
    take.event(event);
    watch.event(event, ports.steady());
    context.reception.event(event);
    const line = describeEvent(event);
    if (line !== null) tell(context, line);
    if (watch.check(ports.steady()) !== null) wake.ring();
  },
});

/** The session; or the ending, when the recording is stopped or reaches its time limit while it is tried. */
async function joinRoom(context: TakeContext, tries: JoinTries, listener: RoomListener): Promise<Session | Ending> {
  const { job, watch, ports } = context;
  const { sdkAppId, room, userId, mode } = job.recording;
  let again = false;
  const log = (line: string): Promise<void> => {
    tell(context, line);
    return Promise.resolve();
  };
  return withStepRetry({ what: 'join', ...tries, signal: job.signal, log }, async () => {
    // What the last try was lost by says nothing of the next; how the recording ended does.
    if (again) watch.newTake(ports.steady());
    const verdict = watch.check(ports.steady());
    if (verdict !== null && 'reason' in verdict) return verdict;
    if (again && job.stopRequested) return STOPPED;
    again = true;
    // Asked for at each try: the caller may have sent another one since.
    const userSig = ports.userSig(job);
    const session = await ports.rooms.join({ sdkAppId, room, userId, userSig, mode }, listener, job.signal);
    const warning = expiryWarning(job, userSig, ports);
    if (warning !== null) tell(context, warning);
    return session;
  });
}

/** The step reached is saved, the end awaited. */
function inTheRoom(context: TakeContext, take: Take, wake: Wake, fault: () => AppError | null): Promise<Ending | Lost> {
  const { job, spool, ports, logger } = context;
  const startedAt = job.state.startedAt ?? ports.now();
  const takesIn = { ...job.state.takesIn, [spool.name]: take.number };
  // Whatever kept it from the room is over.
  const over = job.state.diskAway !== undefined && { diskAway: undefined, wait: undefined };
  job.save({ step: 'capture', takes: take.number, takesIn, startedAt, ...over }).catch((error: unknown) => {
    logger.warn({ err: error }, 'could not save the step reached');
  });
  return untilVerdict(context, take, startedAt, wake, fault);
}

/** A line in the job's log that nobody waits for. */
const tell = ({ job, logger }: TakeContext, line: string): void => {
  job.log(line).catch((error: unknown) => logger.warn({ err: error }, 'could not write a log line to the job'));
};

/** Looks once a second, and at once when an event decides; reports progress on the way. */
async function untilVerdict(
  { job, watch, reception, ports, logger }: TakeContext,
  take: Take,
  startedAt: number,
  wake: Wake,
  fault: () => AppError | null,
): Promise<Ending | Lost> {
  const away = (error: unknown) => logger.warn({ err: error }, 'Redis does not answer; the capture goes on');
  const report = captureProgress(job, startedAt, away);
  for (;;) {
    // First: who lost the recording to another worker has no say in how it ends.
    job.signal.throwIfAborted();
    const spoolFault = fault();
    if (spoolFault !== null) return faultVerdict(spoolFault);
    const verdict = watch.check(ports.steady());
    if (verdict !== null) return verdict;
    if (job.stopRequested) return STOPPED;
    report(take.stats(), ports.now());
    reception.look();
    await wake.sleep(LOOK_EVERY_MS, job.signal);
  }
}

/** A fault of the machine is thrown: the recording goes on where there is none. */
function faultVerdict(fault: AppError): Ending | Lost {
  const { code, message } = fault;
  if (code === 'SpoolTaken') return { lost: message };
  if (code === 'SpoolFull') return { reason: 'spool_full', message };
  if (isMachineFault(fault)) throw fault;
  return { reason: 'failed', message };
}
