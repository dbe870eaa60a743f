import type { Redis } from 'ioredis';
import { QUEUES } from '../catalogue.ts';
import { bullKeys } from './keys.ts';

/** The flag is a field of the job itself: it lives exactly as long as the job and needs no clean-up. */
const FIELD = 'stopRequested';
const keys = bullKeys(QUEUES.recordings);

const REQUEST = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSETNX', KEYS[1], '${FIELD}', ARGV[1])
return 1
`;

/** Asks for the recording to be stopped, whether it waits or runs. False: there is no such recording. */
export const requestStop = async (redis: Redis, requestId: string, now: number): Promise<boolean> =>
  (await redis.eval(REQUEST, 1, keys.job(requestId), now)) === 1;

export const isStopRequested = async (redis: Redis, requestId: string): Promise<boolean> =>
  (await redis.hexists(keys.job(requestId), FIELD)) === 1;
