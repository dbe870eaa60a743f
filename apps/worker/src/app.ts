import path from 'node:path';
import { findNeverArrived, openSpool, planFilesInSlices, produceFile, writeTimeline } from '@trtc-recorder/media';
import { createRecordingWorker, type RecordingWorker } from '@trtc-recorder/queue';
import { Releasers, type Logger, type Stoppable } from '@trtc-recorder/runtime';
import { prevailingRule, type Config } from './config.ts';
import { createSpoolCopies } from './copies/spool-copies.ts';
import { machine } from './health/machine.ts';
import { startMachine } from './start-machine.ts';
import { createWorkerMetrics } from './metrics/catalogue.ts';
import { countedRun, measured } from './metrics/measured.ts';
import type { Files, Ports, Spools } from './ports.ts';
import { keepingProduced } from './produced.ts';
import { record } from './record.ts';
import { appSecretKeys, deliverySettings, workDirectory, workerId } from './settings.ts';
import { startStatus } from './status.ts';
import { createStore } from './store.ts';
import { userSigSource } from './user-sig.ts';

/** A running worker. */
export interface WorkerApp extends Stoppable {
  readonly workerId: string;
}

/**
 * Builds the worker and begins to take recordings. Errors, when this machine lacks what a recording needs: SpoolFailed,
 * ToolUnavailable, MachineExhausted, BrowserUnavailable, BrowserLacksH264; and InvalidConfiguration. Nothing is left behind
 * then.
 */
export async function startWorker(config: Config, pid: number, logger: Logger): Promise<WorkerApp> {
  const releasers = new Releasers(logger);
  const id = workerId(config, pid);
  try {
    const metrics = createWorkerMetrics(logger);
    const { disk, browsers, health } = await startMachine(config, { metrics, releasers, logger });
    const copies = createSpoolCopies(config, metrics.instruments, logger);
    const plain: Ports = {
      rooms: browsers,
      spools: disk.watched(spools(config, logger)),
      receipts: disk.receipts,
      copies,
      files: disk.withRoom(files(config, logger)),
      store: createStore(config, logger),
      machine: machine(health),
      userSig: userSigSource(appSecretKeys(config.APP_SECRET_KEYS)),
      now: Date.now,
      steady: () => performance.now(),
      settings: {
        workerId: id,
        noAnchorMs: config.NO_ANCHOR_TIMEOUT_S * 1000,
        maxDurationMs: config.MAX_DURATION_S * 1000,
        transcodeParallel: config.TRANSCODE_PARALLEL,
        keepSpool: config.KEEP_SPOOL,
        delivery: deliverySettings(config),
      },
    };
    const counted = measured(plain, metrics);
    // Outermost: a file that is there already needs no room, and is no conversion.
    const ports = { ...counted, files: keepingProduced(counted.files, logger) };
    const status = await startStatus(config, metrics, { disk, health });
    releasers.add('status server', () => status.close());
    const queue = await createRecordingWorker({
      redisUrl: config.REDIS_URL,
      payloadKeys: config.PAYLOAD_KEY,
      allowEviction: config.REDIS_ALLOW_EVICTION,
      workerId: id,
      concurrency: config.ROOMS_PER_WORKER,
      logger,
      admits: () => disk.hasRoom,
      handle: (job) => {
        const run = () => record(job, ports, logger.child({ requestId: job.recording.requestId }));
        return countedRun(run, metrics.instruments);
      },
    });
    status.serving(queue);
    health.serving(queue);
    disk.sweep((requestId, spool) => queue.fate(requestId, spool));
    const finishCopies = () => copies.finishAll(config.DRAIN_GRACE_MS / 2);
    return { workerId: id, ...stops(queue, finishCopies, releasers) };
  } catch (error) {
    await releasers.releaseAll();
    throw error;
  }
}

/**
 * The queue lets go of its jobs first: another worker is in their rooms before this one's browsers are closed. What is
 * not copied yet is copied after that: this disk may go with the process.
 */
function stops(queue: RecordingWorker, finishCopies: () => Promise<void>, releasers: Releasers): Required<Stoppable> {
  let handedOver = false;
  const stop = async (how: () => Promise<void>): Promise<void> => {
    if (!handedOver) await how();
    await releasers.releaseAll();
  };
  return {
    drain: async () => {
      await queue.drain();
      handedOver = true;
      await Promise.all([finishCopies(), releasers.releaseAll()]);
    },
    kill: () => stop(() => queue.kill()),
    crash: () => stop(() => queue.crash()),
  };
}

/** One directory a recording under WORK_DIR, named by its RequestId, which the service itself makes. */
const spools = (config: Config, logger: Logger): Spools => ({
  open: (requestId) =>
    openSpool({ dir: path.join(workDirectory(config), requestId), logger, segmentMs: config.SEGMENT_MS }),
});

const filesDir = (spoolDir: string): string => path.join(spoolDir, 'files');

const files = (config: Config, logger: Logger): Files => ({
  plan: (journal, mode) => planFilesInSlices(journal, { mode, maxGapMs: config.MAX_GAP_MS }),
  neverArrived: findNeverArrived,
  produce: (plan, spoolDir, signal) => {
    const tools = { ffmpegPath: config.FFMPEG_PATH, ffprobePath: config.FFPROBE_PATH, logger };
    const options = { ...tools, prevailing: prevailingRule(config) };
    return produceFile(plan, { spoolDir, outDir: filesDir(spoolDir), signal, ...options });
  },
  writeTimeline: (journal, facts, spoolDir) =>
    writeTimeline(journal, facts, { outDir: filesDir(spoolDir), maxGapMs: config.MAX_GAP_MS }),
});
