import type { Redis } from 'ioredis';
import type { QUEUES } from '../catalogue.ts';
import { bullKeys } from './keys.ts';

/** Whose run of which job this is: BullMQ's lock token, and how often the job had been started then. */
export interface Run {
  readonly queue: (typeof QUEUES)[keyof typeof QUEUES];
  readonly jobId: string;
  readonly token: string;
  readonly starts: number;
}

/**
 * Holds the lock, or takes it back when it ran out while nobody else was given the job: it is still among the active
 * ones, and nobody started it since. So a Redis that was away doesn't cost a hand-over.
 */
const HOLD = `
local function hold(job, lock, active, stalled, id, token, starts, ms)
  if redis.call('HGET', job, 'ats') ~= starts then return false end
  local holder = redis.call('GET', lock)
  if holder then return holder == token end
  if not redis.call('LPOS', active, id) then return false end
  redis.call('SET', lock, token, 'PX', ms)
  redis.call('SREM', stalled, id)
  return true
end
local held = hold(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
`;

const SAVE = `${HOLD}
if not held then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[5])
return 1
`;

const RECLAIM = `${HOLD} return held and 1 or 0`;

const keysOf = ({ queue, jobId }: Run) => {
  const keys = bullKeys(queue);
  return [keys.job(jobId), keys.lock(jobId), keys.active, keys.stalled];
};

/** Whether the run still owns its job; a lock that merely ran out is taken back for `lockMs`. */
export async function reclaim(redis: Redis, run: Run, lockMs: number): Promise<boolean> {
  return (await redis.eval(RECLAIM, 4, ...keysOf(run), run.jobId, run.token, run.starts, lockMs)) === 1;
}

/**
 * Replaces the job's data, only while the run owns the job: a worker that was taken for dead can't overwrite what its
 * successor wrote. False: it doesn't own it.
 */
export async function saveData(redis: Redis, run: Run, lockMs: number, data: unknown): Promise<boolean> {
  const args = [run.jobId, run.token, run.starts, lockMs, JSON.stringify(data)];
  return (await redis.eval(SAVE, 4, ...keysOf(run), ...args)) === 1;
}
