import { startStatusServer } from '@trtc-recorder/metrics';
import { createCallbackWorker, type CallbackWorker } from '@trtc-recorder/queue';
import { proxySettings, type Logger, type Stoppable } from '@trtc-recorder/runtime';
import { addressPolicy } from './addresses.ts';
import type { Config } from './config.ts';
import { deliver, type DeliverContext } from './deliver.ts';
import { createNotifierMetrics, measured, watchQueue } from './metrics.ts';
import { Receivers } from './receivers.ts';
import { signingKeys } from './signature.ts';

/** So many failures in a row, and a URL or a host rests. */
const FAILURES = 5;

/** A running notifier. */
export interface Notifier extends Stoppable {
  /** POSTs under way. */
  active(): number;
}

/** Takes callbacks from the queue and POSTs them. Error: InvalidConfiguration; nothing is left behind then. */
export async function startNotifier(config: Config, logger: Logger): Promise<Notifier> {
  const metrics = createNotifierMetrics(logger);
  const context = deliverContext(config);
  let worker: CallbackWorker | null = null;
  const ready = () => (worker?.connected() === true ? null : 'Redis does not answer');
  const status = await startStatusServer(config.METRICS_PORT, { host: config.METRICS_HOST, metrics, ready });
  try {
    const taking = await createCallbackWorker({
      redisUrl: config.REDIS_URL,
      payloadKeys: config.PAYLOAD_KEY,
      allowEviction: config.REDIS_ALLOW_EVICTION,
      concurrency: config.CALLBACK_PARALLEL,
      giveUpMs: config.CALLBACK_GIVE_UP_H * 3_600_000,
      logger,
      handle: measured((callback) => deliver(callback, context), metrics),
    });
    worker = taking;
    watchQueue(metrics, taking);
    const close = () => status.close();
    return {
      drain: () => taking.drain().finally(close),
      kill: () => taking.kill().finally(close),
      active: () => taking.active(),
    };
  } catch (error) {
    await status.close();
    throw error;
  }
}

const deliverContext = (config: Config): DeliverContext => ({
  receivers: new Receivers({
    parallel: config.CALLBACK_PARALLEL_PER_RECEIVER,
    failures: FAILURES,
    restMs: config.CALLBACK_REST_MS,
  }),
  limits: {
    timeoutMs: config.CALLBACK_TIMEOUT_MS,
    connectTimeoutMs: config.CALLBACK_CONNECT_TIMEOUT_MS,
    policy: addressPolicy({ allowPrivate: config.CALLBACK_ALLOW_PRIVATE }),
    proxy: proxySettings(config),
  },
  keys: signingKeys(config.CALLBACK_SIGNING_KEYS),
  now: Date.now,
});
