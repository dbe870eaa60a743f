import type { RecordingResult } from '@trtc-recorder/contracts';
import type { Logger } from '@trtc-recorder/runtime';
import { Worker } from 'bullmq';
import { KEY_PREFIX, QUEUES, recordingTimes } from '../catalogue.ts';
import { connectForWork, type WorkConnection } from '../redis/connect-for-work.ts';
import { fateOf, type Fate, type FoundSpool } from '../redis/fate.ts';
import { showPresence } from '../redis/presence.ts';
import { startSharedClock } from '../redis/shared-clock.ts';
import { steadiness } from '../redis/steadiness.ts';
import { createSealer } from '../sealing.ts';
import { within } from '../within.ts';
import { createForgotten } from './forgotten.ts';
import type { RecordingJob } from './recording-job.ts';
import { startRecovery } from './recovery.ts';
import { Rest } from './rest.ts';
import { Runner } from './runner.ts';

export interface RecordingWorkerOptions {
  readonly redisUrl: string;
  readonly payloadKeys: readonly string[];
  readonly allowEviction?: boolean;
  /** Shown as the one who has (or had) a recording. */
  readonly workerId: string;
  /** Recordings at once. */
  readonly concurrency: number;
  readonly logger: Logger;
  /**
   * The flow. Its value is the recording's result. An AppError that is retryable counts an attempt and is tried again;
   * any other ends the recording as failed. Once the job's signal is aborted, however it ends, the job goes back.
   */
  handle(job: RecordingJob): Promise<RecordingResult>;
  /**
   * Whether a recording that no worker has begun may begin here; by default always. While not, it goes back to the
   * queue for another worker, and comes again.
   */
  admits?(): boolean;
}

export interface RecordingWorker {
  /** Takes no more jobs, interrupts those that run (`drain`), hands them back and closes. */
  drain(): Promise<void>;
  /** The same within seconds, whatever the flow does. */
  kill(): Promise<void>;
  /** Ends the runs within seconds and leaves their jobs to be found as those of a dead worker. */
  crash(): Promise<void>;
  /** Takes no more jobs until `openIntake`; what runs goes on. */
  closeIntake(): void;
  openIntake(): void;
  /** Hands over what runs, within seconds and whatever the flow does, because this machine can't go on with it. */
  handOver(): Promise<void>;
  /** Recordings running now. */
  active(): number;
  /** What became of a recording, and of what is in this spool of it. */
  fate(requestId: string, spool?: FoundSpool): Promise<Fate>;
  /** Whether Redis answers. */
  connected(): boolean;
}

/** How long a worker that is killed, or out of service, waits for its flows to let go, and then for Redis, ms. */
const LET_GO_WITHIN_MS = 2_000;
const REDIS_WITHIN_MS = 1_000;

/** Takes recordings from the queue. Resolves when it does. Error: InvalidConfiguration when Redis doesn't suit. */
export async function createRecordingWorker(options: RecordingWorkerOptions): Promise<RecordingWorker> {
  const { logger } = options;
  const sealer = createSealer(options.payloadKeys);
  const connection = await connectForWork('trtc-recorder-worker', sealer, options);
  const { redis } = connection;
  const redisIsSteadyMs = steadiness(redis);
  const forgotten = createForgotten(redis, logger);
  const clock = await startSharedClock(redis);
  const admits = (): boolean => {
    const room = options.admits?.() ?? true;
    if (!room) rest.begin();
    return room;
  };
  const taking = { handle: (job: RecordingJob) => options.handle(job), admits, isClosed: () => rest.closed };
  const runner = new Runner(taking, forgotten, { redis, sealer, clock, logger });
  const worker = createWorker(options, connection, runner);
  const rest = new Rest(worker);
  await worker.waitUntilReady();
  // Before the first job: a worker without a presence is one that died.
  const presence = await showPresence(worker.id, options);
  const recovery = startRecovery({
    redis,
    steadyMs: () => Math.min(redisIsSteadyMs(), presence.steadyMs()),
    moveStalled: () => worker.backend.moveStalledJobsToWait(),
    logger,
  });
  worker.run().catch((error: unknown) => logger.error({ err: error }, 'the queue is not read any more'));

  const letGo = (): void => {
    clock.close();
    presence.close();
    redis.disconnect();
  };
  const drain = async (): Promise<void> => {
    recovery.stop();
    rest.end();
    // It stops waiting for jobs first: the wake-up of what is handed over is for others.
    const closed = worker.close();
    await runner.interruptAll('drain');
    await closed;
    await forgotten.close();
    letGo();
  };
  const end = async (how: 'kill' | 'crash'): Promise<void> => {
    recovery.stop();
    rest.end();
    await worker.pause(true);
    await within(LET_GO_WITHIN_MS, runner.interruptAll(how));
    if (how === 'kill') await within(REDIS_WITHIN_MS, runner.forceBack());
    await within(REDIS_WITHIN_MS, worker.close(true));
    letGo();
  };
  let drained: Promise<void> | null = null;
  return {
    drain: () => (drained ??= drain()),
    kill: () => end('kill'),
    crash: () => end('crash'),
    ...outOfService(rest, runner),
    active: () => runner.active,
    fate: (requestId, spool) => fateOf(redis, requestId, spool),
    connected: () => redis.status === 'ready',
  };
}

/** For a machine that cannot go on for a while. */
const outOfService = (
  rest: Rest,
  runner: Runner,
): Pick<RecordingWorker, 'closeIntake' | 'openIntake' | 'handOver'> => ({
  closeIntake: () => rest.close(),
  openIntake: () => rest.open(),
  handOver: async () => {
    await within(LET_GO_WITHIN_MS, runner.handOver());
    await within(REDIS_WITHIN_MS, runner.forceBack());
  },
});

function createWorker(
  options: RecordingWorkerOptions,
  { redis, skipVersionCheck }: WorkConnection,
  runner: Runner,
): Worker {
  const { logger } = options;
  const worker = new Worker(QUEUES.recordings, (job, token = '') => runner.process(job, token), {
    connection: redis,
    skipVersionCheck,
    prefix: KEY_PREFIX,
    name: options.workerId,
    concurrency: options.concurrency,
    autorun: false,
    lockDuration: recordingTimes.lockMs,
    lockRenewTime: recordingTimes.lockRenewMs,
    skipStalledCheck: true,
    stalledInterval: recordingTimes.lookMs,
    // Bounded by crashLimits instead, so that the flow gets the chance to deliver what there is.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    // An idle worker looks every second even if a wake-up went to one that died: a hand-over takes ≤ 2 s.
    drainDelay: 1,
    runRetryDelay: 1_000,
  });
  worker.on('error', (error) => logger.warn({ err: error }, 'the queue reports'));
  worker.on('lockRenewalFailed', (ids) => {
    runner.locksExpired(ids).catch((error: unknown) => logger.warn({ err: error }, 'could not take a lock back'));
  });
  return worker;
}
