import type { State } from '@trtc-recorder/contracts';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { depthOf } from '../depth.ts';
import { listRecordings, type Filter } from './listing.ts';

export type Statistics = Record<State, number>;

/** How many recordings are in each state; those that a filter lets through are looked at one by one. */
export const countByState = (recordings: Queue, redis: Redis, filter: Filter, now: number): Promise<Statistics> =>
  Object.values(filter).some((value) => value !== undefined)
    ? countFiltered(recordings, redis, filter, now)
    : countAll(recordings);

async function countAll(recordings: Queue): Promise<Statistics> {
  const { waiting, delayed, active, completed, failed } = await depthOf(recordings);
  return { queued: waiting + delayed, running: active, done: completed, failed };
}

async function countFiltered(recordings: Queue, redis: Redis, filter: Filter, now: number): Promise<Statistics> {
  const counts: Statistics = { queued: 0, running: 0, done: 0, failed: 0 };
  let cursor: string | undefined;
  do {
    const page = await listRecordings(recordings, redis, { ...filter, limit: Infinity, cursor }, now);
    for (const { State } of page.recordings) counts[State] += 1;
    ({ cursor } = page);
  } while (cursor !== undefined);
  return counts;
}
