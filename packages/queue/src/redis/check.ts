import { AppError, errorMessage, withTimeout, type Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';

/** The oldest Redis whose commands suffice. */
const MIN_VERSION = [6, 2] as const;
/** How long a starting process waits for a Redis that starts at the same time, ms. */
const REACHABLE_WITHIN_MS = 30_000;

export interface CheckOptions {
  /** Start although the eviction policy is not `noeviction` (hosted Redis where it can't be set). */
  readonly allowEviction?: boolean | undefined;
  readonly logger: Logger;
}

/**
 * Refuses a Redis that would lose recordings: unreachable, too old, or allowed to evict keys when its memory is full.
 * Warns when it keeps nothing on disk. Error: InvalidConfiguration, which says why.
 */
export async function checkRedis(redis: Redis, { allowEviction = false, logger }: CheckOptions): Promise<void> {
  const info = parseInfo(await withTimeout(firstInfo(redis), REACHABLE_WITHIN_MS, unreachable));
  const version = info.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))
    throw refusal(`Redis ${version} is too old: ${MIN_VERSION.join('.')} or newer is needed`);
  checkEviction(info.get('maxmemory_policy') ?? 'unknown', allowEviction, logger);
  if (info.get('aof_enabled') !== '1')
    logger.warn("Redis has no append-only file: a restart of it loses what it hasn't saved. Set appendonly yes");
}

function checkEviction(policy: string, allowEviction: boolean, logger: Logger): void {
  if (policy === 'noeviction') return;
  const why = `Redis may evict keys when its memory is full (maxmemory-policy ${policy}): recordings would vanish`;
  if (!allowEviction)
    throw refusal(`${why}. Set maxmemory-policy noeviction, or REDIS_ALLOW_EVICTION=true to accept it`);
  logger.warn(`${why}; accepted by REDIS_ALLOW_EVICTION`);
}

/** INFO, tried again until Redis answers: processes of one deployment start in any order. */
async function firstInfo(redis: Redis): Promise<string> {
  for (;;) {
    try {
      return await redis.info();
    } catch (error) {
      if (/^(?:NOAUTH|WRONGPASS|NOPERM)/.test(errorMessage(error)))
        throw refusal(`Redis refuses the login or INFO: ${errorMessage(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (redis.status === 'end') throw unreachable();
    }
  }
}

const parseInfo = (info: string): Map<string, string> =>
  new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );

const refusal = (message: string) => new AppError('InvalidConfiguration', message);
const unreachable = () => refusal(`Redis did not answer within ${REACHABLE_WITHIN_MS / 1000} s. Check REDIS_URL`);
