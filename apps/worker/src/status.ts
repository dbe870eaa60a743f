import { startStatusServer } from '@trtc-recorder/metrics';
import type { RecordingWorker } from '@trtc-recorder/queue';
import type { Config } from './config.ts';
import type { WorkerMetrics } from './metrics/catalogue.ts';

type Queue = Pick<RecordingWorker, 'active' | 'connected'>;

export interface Status {
  /** From now on the worker takes recordings. */
  serving(queue: Queue): void;
  close(): Promise<void>;
}

/** /healthz, /readyz and /metrics of a worker, from before it takes recordings until it has ended. */
export async function startStatus(
  config: Config,
  metrics: WorkerMetrics,
  { disk, health }: { disk: { readonly hasRoom: boolean }; health: { readonly reason: string | null } },
): Promise<Status> {
  const { active, slotsFree } = metrics.instruments;
  let queue: Queue | null = null;
  metrics.beforeScrape(() => {
    const recordings = queue?.active() ?? 0;
    active.set(recordings);
    slotsFree.set(Math.max(0, config.ROOMS_PER_WORKER - recordings));
  });
  const ready = (): string | null => {
    if (queue === null) return 'starting';
    if (!queue.connected()) return 'Redis does not answer';
    if (health.reason !== null) return health.reason;
    return disk.hasRoom ? null : 'too little space under WORK_DIR for a further recording';
  };
  const server = await startStatusServer(config.METRICS_PORT, { host: config.METRICS_HOST, metrics, ready });
  return {
    serving: (taking) => {
      queue = taking;
    },
    close: () => server.close(),
  };
}
