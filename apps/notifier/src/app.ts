import { createCallbackWorker, type CallbackWorker } from '@trtc-recorder/queue';
import type { Logger } from '@trtc-recorder/runtime';
import { addressPolicy } from './addresses.ts';
import type { Config } from './config.ts';
import { deliver } from './deliver.ts';
import { Receivers } from './receivers.ts';
import { signingKeys } from './signature.ts';

/** So many failures in a row, and a receiver rests. */
const FAILURES = 5;

/** Takes callbacks from the queue and POSTs them. Error: InvalidConfiguration. */
export function startNotifier(config: Config, logger: Logger): Promise<CallbackWorker> {
  const context = {
    receivers: new Receivers({
      parallel: config.CALLBACK_PARALLEL_PER_RECEIVER,
      failures: FAILURES,
      restMs: config.CALLBACK_REST_MS,
    }),
    limits: {
      timeoutMs: config.CALLBACK_TIMEOUT_MS,
      connectTimeoutMs: config.CALLBACK_CONNECT_TIMEOUT_MS,
      policy: addressPolicy({ allowPrivate: config.CALLBACK_ALLOW_PRIVATE }),
    },
    keys: signingKeys(config.CALLBACK_SIGNING_KEYS),
    now: Date.now,
  };
  return createCallbackWorker({
    redisUrl: config.REDIS_URL,
    payloadKeys: config.PAYLOAD_KEY,
    allowEviction: config.REDIS_ALLOW_EVICTION,
    concurrency: config.CALLBACK_PARALLEL,
    logger,
    handle: (callback) => deliver(callback, context),
  });
}
