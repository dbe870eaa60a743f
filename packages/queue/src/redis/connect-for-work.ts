import type { Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { checkRedis } from './check.ts';
import { checkPayloadKey } from './key-check.ts';
import type { Sealer } from '../sealing.ts';
import { connectRedis } from './connect.ts';

/**
 * The connection of a process that takes jobs: patient, and only to a Redis that suits, with the key that opens its
 * jobs. Error: InvalidConfiguration.
 */
export async function connectForWork(
  name: string,
  sealer: Sealer,
  { redisUrl, allowEviction, logger }: { redisUrl: string; allowEviction?: boolean; logger: Logger },
): Promise<Redis> {
  const redis = connectRedis({ redisUrl, manner: 'patient', name, logger });
  try {
    await checkRedis(redis, { allowEviction, logger });
    await checkPayloadKey(redis, sealer);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
