import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import type { Logger } from '@trtc-recorder/runtime';
import { Redis, type RedisOptions } from 'ioredis';
import { addressOf } from './address.ts';
import { replyCode } from './redis-fault.ts';
import { watchConnection } from './watchdog.ts';

export interface ConnectOptions {
  readonly redisUrl: string;
  /**
   * `patient`: commands wait until Redis is back, for workers; what they hold must not be lost.
   * `prompt`: commands fail within seconds, for the API; its callers shouldn't wait.
   */
  readonly manner: 'patient' | 'prompt';
  /** Shown by CLIENT LIST. */
  readonly name: string;
  readonly logger: Logger;
}

const MAX_RECONNECT_MS = 2_000;
/**
 * How long one address of a host may take, ms. Node gives an address up after 250 ms where a host has several, and so
 * reaches no Redis over a longer round trip; ioredis has no setting for it, the process has.
 */
const ADDRESS_WITHIN_MS = 2_000;
const PROMPT_COMMAND_MS = 5_000;

const manners = {
  patient: { maxRetriesPerRequest: null },
  prompt: { maxRetriesPerRequest: 1, commandTimeout: PROMPT_COMMAND_MS },
} satisfies Record<ConnectOptions['manner'], RedisOptions>;

/** A Redis client that reconnects for ever and logs when Redis goes and comes back. It connects at once. */
export function connectRedis({ redisUrl, manner, name, logger }: ConnectOptions): Redis {
  setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_WITHIN_MS);
  const redis = new Redis({
    ...addressOf(redisUrl),
    ...manners[manner],
    connectionName: name,
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 10), MAX_RECONNECT_MS),
    // A replica that was the primary until a failover answers READONLY: connect again, to the new primary.
    reconnectOnError: (error) => (replyCode(error) === 'READONLY' ? 2 : false),
  });
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) logger.warn({ err: error }, 'Redis does not answer; reconnecting');
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.info('Redis answers again');
    away = false;
  });
  watchConnection(redis, logger);
  return redis;
}
