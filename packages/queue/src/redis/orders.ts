import type { Redis } from 'ioredis';
import { QUEUES } from '../catalogue.ts';
import { bullKeys } from './keys.ts';

/**
 * What was asked of a recording after it was accepted. Each is a field of the job itself: it lives exactly as long as
 * the job, needs no clean-up, and no worker that saves the job's data can overwrite it.
 */
const FIELDS = { stop: 'stopRequested', terminate: 'terminateRequested', amendment: 'amendment' } as const;
const keys = bullKeys(QUEUES.recordings);

export interface Orders {
  readonly stop: boolean;
  readonly terminate: boolean;
  /** An Amendment as JSON; null: none. */
  readonly amendment: string | null;
}

export const noOrders: Orders = { stop: false, terminate: false, amendment: null };

const REQUEST = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'none' end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) or redis.call('ZSCORE', KEYS[3], ARGV[1]) then
  return redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 and 'repeated' or 'ended'
end
local starts = redis.call('HGET', KEYS[1], 'ats') or '0'
if redis.call('HSETNX', KEYS[1], ARGV[2], starts) == 1 then return 'requested' end
return tonumber(redis.call('HGET', KEYS[1], ARGV[2])) < tonumber(starts) and 'known' or 'requested'
`;

/**
 * Asks for the recording's end, whether it waits or runs. `none` there is no such recording · `ended` it had ended ·
 * `repeated` it has ended after the same request · `known` a run began after the same request, and so with it.
 * The request holds how often the job had been started by then: without a run since, whoever asked may have died before
 * it saw to a job that waits.
 */
export async function requestEnd(redis: Redis, requestId: string, how: 'stop' | 'terminate') {
  const args = [keys.job(requestId), keys.completed, keys.failed, requestId, FIELDS[how]];
  return (await redis.eval(REQUEST, 3, ...args)) as 'none' | 'ended' | 'repeated' | 'requested' | 'known';
}

/** Null: there is no such recording, or Redis has forgotten it. */
export async function readOrders(redis: Redis, requestId: string): Promise<Orders | null> {
  const [name, stop, terminate, amendment] = await redis.hmget(keys.job(requestId), 'name', ...Object.values(FIELDS));
  if (typeof name !== 'string') return null;
  return { stop: typeof stop === 'string', terminate: typeof terminate === 'string', amendment: amendment ?? null };
}

/**
 * Replaces the amendment, and the callback's data where that changes too, only while the recording has not ended and is
 * as it was when the change was decided on: the same step, the same amendment.
 */
const AMEND = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'none' end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) or redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 'ended' end
if (redis.call('HGET', KEYS[1], '${FIELDS.amendment}') or '') ~= ARGV[2] then return 'conflict' end
if cjson.decode(redis.call('HGET', KEYS[1], 'data')).state.step ~= ARGV[3] then return 'conflict' end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], '${FIELDS.amendment}', ARGV[4]) end
if ARGV[5] ~= '' and redis.call('EXISTS', KEYS[4]) == 1 then redis.call('HSET', KEYS[4], 'data', ARGV[5]) end
return 'written'
`;

export interface Change {
  /** What the decision was made on. */
  readonly seen: { readonly amendment: string | null; readonly step: string };
  /** The new amendment, and the new data of the callback job, as JSON; absent: as it is. */
  readonly amendment?: string | undefined;
  readonly callbackData?: string | undefined;
}

export async function amend(redis: Redis, requestId: string, { seen, amendment, callbackData }: Change) {
  const { job, completed, failed } = keys;
  const callback = bullKeys(QUEUES.callbacks).job(requestId);
  const args = [requestId, seen.amendment ?? '', seen.step, amendment ?? '', callbackData ?? ''];
  const answer = await redis.eval(AMEND, 4, job(requestId), completed, failed, callback, ...args);
  return answer as 'none' | 'ended' | 'conflict' | 'written';
}
