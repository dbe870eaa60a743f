import { Redis } from 'ioredis';
import { KEY_PREFIX, QUEUES } from '../catalogue.ts';
import { bullKeys, ownKeys } from '../redis/keys.ts';

/** Keys of a queue that are there whether it has jobs or not. */
const QUEUE_KEYS = new Set(
  (
    'active wait waiting paused delayed prioritized pc waiting-children completed failed id meta marker events stalled ' +
    'stalled-check repeat limiter ended'
  ).split(' '),
);
/** What a job's own key may be followed by. */
const OF_A_JOB = /:(?:lock|logs|dependencies|processed|failed|unsuccessful)$/;

/**
 * Keys of ours in Redis that no job accounts for: parts of jobs that are gone, locks of jobs that nobody works on, and
 * recorders that are held by recordings that have ended. None, when nothing runs, if all is well.
 */
export async function leftoverKeys(redisUrl: string): Promise<string[]> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 3 });
  try {
    const keys = await redis.keys(`${KEY_PREFIX.replaceAll(/[{}[\]*?]/g, '\\$&')}*`);
    const jobs = new Set(keys.filter((key) => jobIdOf(key) !== null && !OF_A_JOB.test(key)));
    const left = keys.filter((key) => !isKnown(key, jobs));
    return [...left, ...(await heldRecorders(redis))];
  } finally {
    redis.disconnect();
  }
}

/** The part of a key after its queue's name, when it is a job's. */
function jobIdOf(key: string): string | null {
  const base = Object.values(QUEUES)
    .map((queue) => bullKeys(queue).job(''))
    .find((start) => key.startsWith(start));
  const rest = base === undefined ? '' : key.slice(base.length);
  return rest === '' || QUEUE_KEYS.has(rest) ? null : rest;
}

function isKnown(key: string, jobs: ReadonlySet<string>): boolean {
  if (jobIdOf(key) === null) return !key.startsWith(ownKeys.submitting(''));
  if (key.endsWith(':lock')) return false;
  return jobs.has(key.replace(OF_A_JOB, ''));
}

async function heldRecorders(redis: Redis): Promise<string[]> {
  const held = Object.entries(await redis.hgetall(ownKeys.recorders));
  const ended = await Promise.all(
    held.map(async ([recorder, requestId]) => {
      const job = bullKeys(QUEUES.recordings);
      const scores = ['completed', 'failed'].map((state) => redis.zscore(job.job(state), requestId));
      const over = (await Promise.all(scores)).some((score) => score !== null);
      return over ? [`${ownKeys.recorders} ${recorder}`] : [];
    }),
  );
  return ended.flat();
}
