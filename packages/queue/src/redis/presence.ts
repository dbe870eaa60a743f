import type { Logger } from '@trtc-recorder/runtime';
import { ownKeys } from './keys.ts';
import { connectRedis } from './connect.ts';
import { steadiness } from './steadiness.ts';

/** A worker's sign of life in Redis. */
export interface Presence {
  /** ms since its connection came back, or since ever when it was never away; 0 while it is away. */
  steadyMs(): number;
  close(): void;
}

/**
 * Shows that a worker lives: a subscription on a connection of its own, to a channel on which nobody ever speaks. When
 * the process dies the operating system closes the connection and Redis drops the subscriber at once, without a time
 * limit that would have to run out. A machine that vanishes closes nothing; there the lock's age tells.
 */
export async function showPresence(
  workerUuid: string,
  { redisUrl, logger }: { readonly redisUrl: string; readonly logger: Logger },
): Promise<Presence> {
  const redis = connectRedis({ redisUrl, manner: 'patient', name: 'trtc-recorder-presence', logger });
  const steadyMs = steadiness(redis);
  await redis.subscribe(ownKeys.presence(workerUuid));
  return { steadyMs, close: () => redis.disconnect() };
}
