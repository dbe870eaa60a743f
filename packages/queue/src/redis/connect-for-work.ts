import type { Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { checkRedis } from './check.ts';
import { checkPayloadKey } from './key-check.ts';
import type { Sealer } from '../sealing.ts';
import { connectRedis } from './connect.ts';

export interface WorkConnection {
  readonly redis: Redis;
  /** For BullMQ, which would ask for the version with INFO. */
  readonly skipVersionCheck: boolean;
}

/**
 * The connection of a process that takes jobs: patient, and only to a Redis that suits, with the key that opens its
 * jobs. Error: InvalidConfiguration.
 */
export async function connectForWork(
  name: string,
  sealer: Sealer,
  { redisUrl, allowEviction, logger }: { redisUrl: string; allowEviction?: boolean; logger: Logger },
): Promise<WorkConnection> {
  const redis = connectRedis({ redisUrl, manner: 'patient', name, logger });
  try {
    const { infoAllowed } = await checkRedis(redis, { allowEviction, logger });
    await checkPayloadKey(redis, sealer);
    return { redis, skipVersionCheck: !infoAllowed };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
