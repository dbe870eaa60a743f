import type { Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { checkRedis } from './check.ts';
import { connectRedis } from './connect.ts';

/** The connection of a process that takes jobs: patient, and only to a Redis that suits. Error: InvalidConfiguration. */
export async function connectForWork(
  name: string,
  { redisUrl, allowEviction, logger }: { redisUrl: string; allowEviction?: boolean; logger: Logger },
): Promise<Redis> {
  const redis = connectRedis({ redisUrl, manner: 'patient', name, logger });
  try {
    await checkRedis(redis, { allowEviction, logger });
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
