import { AppError, errorMessage, sleep, withTimeout, type Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import { shownAddress } from './address.ts';
import { replyCode } from './redis-fault.ts';

/** The oldest Redis whose commands suffice. */
const MIN_VERSION = [6, 2] as const;
/** How long a starting process waits for a Redis that starts at the same time, ms. */
const REACHABLE_WITHIN_MS = 30_000;
/** How often it logs that it waits, ms. */
const LOG_EVERY_MS = 5_000;

export interface CheckOptions {
  /** Start although the eviction policy is not `noeviction` (hosted Redis where it can't be set). */
  readonly allowEviction?: boolean | undefined;
  readonly logger: Logger;
}

/**
 * Refuses a Redis that would lose recordings: unreachable, too old, without the database asked for, or allowed to evict
 * keys when its memory is full. Warns when it keeps nothing on disk. Error: InvalidConfiguration, which says why.
 */
export async function checkRedis(
  redis: Redis,
  { allowEviction = false, logger }: CheckOptions,
): Promise<{ infoAllowed: boolean }> {
  await untilReachable(redis, logger);
  await checkDatabase(redis);
  const info = await infoOf(redis);
  if (info === undefined) {
    // Some hosted Redis forbid INFO to their customers.
    if (!allowEviction)
      throw refusal(
        'the Redis user may not run INFO, so its eviction policy is unknown and keys may vanish. ' +
          'Allow INFO, or set REDIS_ALLOW_EVICTION=yes to accept it',
      );
    logger.warn('Redis forbids INFO: version, eviction policy and persistence not checked (REDIS_ALLOW_EVICTION)');
    return { infoAllowed: false };
  }
  checkVersion(info.get('redis_version') ?? '0');
  checkEviction(info.get('maxmemory_policy') ?? 'unknown', allowEviction, logger);
  if (info.get('aof_enabled') !== '1')
    logger.warn("Redis has no append-only file: a restart of it loses what it hasn't saved. Set appendonly yes");
  return { infoAllowed: true };
}

function checkVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))
    throw refusal(`Redis ${version} is too old: ${MIN_VERSION.join('.')} or newer is needed`);
}

function checkEviction(policy: string, allowEviction: boolean, logger: Logger): void {
  if (policy === 'noeviction') return;
  const why = `Redis may evict keys when its memory is full (maxmemory-policy ${policy}): recordings would vanish`;
  if (!allowEviction)
    throw refusal(`${why}. Set maxmemory-policy noeviction, or REDIS_ALLOW_EVICTION=yes to accept it`);
  logger.warn(`${why}; accepted by REDIS_ALLOW_EVICTION`);
}

/** Processes of one deployment start in any order, so Redis may take a while. Logs what it waits for. */
async function untilReachable(redis: Redis, logger: Logger): Promise<void> {
  const at = shownAddress(redis.options);
  const begun = performance.now();
  let lastError = 'no answer';
  let loggedAt = -Infinity;
  const note = (error: unknown) => {
    lastError = errorMessage(error);
  };
  redis.on('error', note);
  try {
    for (;;) {
      const waitedMs = performance.now() - begun;
      const left = REACHABLE_WITHIN_MS - waitedMs;
      if (left <= 0 || redis.status === 'end') throw unreachable(at, lastError);
      try {
        await withTimeout(redis.ping(), left, () => new Error(lastError));
        return;
      } catch (error) {
        refuseLogin(replyCode(error), at);
        if (NOT_ALLOWED.has(replyCode(error))) return;
        if (waitedMs - loggedAt >= LOG_EVERY_MS) {
          loggedAt = waitedMs;
          logger.warn({ redis: at, cause: lastError, givesUpInMs: Math.round(left) }, 'waiting for Redis');
        }
        await sleep(200);
      }
    }
  } finally {
    redis.off('error', note);
  }
}

/** A command that the user may not run, or that a hosted Redis does not have. */
const NOT_ALLOWED = new Set(['NOPERM', 'ERR']);

function refuseLogin(code: string, at: string): void {
  if (code === 'NOAUTH')
    throw refusal(`Redis at ${at} needs a login: REDIS_URL=redis://:password@host or redis://user:password@host`);
  if (code === 'WRONGPASS') throw refusal(`Redis at ${at} refuses the login: correct user and password in REDIS_URL`);
}

/** The client goes on in database 0, without a word, where the one asked for can't be selected. */
async function checkDatabase(redis: Redis): Promise<void> {
  const { db = 0 } = redis.options;
  if (db === 0) return;
  try {
    await redis.select(db);
  } catch (cause) {
    throw refusal(`REDIS_URL: database ${db} cannot be selected: ${errorMessage(cause)}`, cause);
  }
}

async function infoOf(redis: Redis): Promise<Map<string, string> | undefined> {
  try {
    return parseInfo(await redis.info());
  } catch (error) {
    if (NOT_ALLOWED.has(replyCode(error))) return undefined;
    throw refusal(`Redis refuses INFO: ${errorMessage(error)}`, error);
  }
}

const parseInfo = (info: string): Map<string, string> =>
  new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );

const refusal = (message: string, cause?: unknown) => new AppError('InvalidConfiguration', message, { cause });
const unreachable = (at: string, cause: string) =>
  refusal(
    `Redis at ${at} did not answer within ${REACHABLE_WITHIN_MS / 1000} s (${cause}). ` +
      'Start it, or correct REDIS_URL',
  );
