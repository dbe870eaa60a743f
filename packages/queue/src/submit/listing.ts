import type { RecordingStatus, Room, State } from '@trtc-recorder/contracts';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { ownKeys } from '../redis/keys.ts';
import { readStatus } from './status.ts';

export interface Filter {
  readonly state?: State | undefined;
  readonly sdkAppId?: number | undefined;
  readonly room?: Room | undefined;
  readonly userId?: string | undefined;
  /** By the time of submission, ms since the epoch: from `since` on, until before `until`. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface ListFilter extends Filter {
  /** At most so many in one page. */
  readonly limit: number;
  /** From the page before; none: the newest. */
  readonly cursor?: string | undefined;
}

export interface ListPage {
  readonly recordings: readonly RecordingStatus[];
  /** For the next page; absent on the last. */
  readonly cursor?: string;
}

const BATCH = 100;
/** Looked at for one page at most, so that a rare filter doesn't occupy Redis: the page is then short, with a cursor. */
const MAX_SCANNED = 2_000;
/** An entry without a job that is older than this has been removed, not "just being added". */
const SETTLED_MS = 60_000;

interface Entry {
  readonly requestId: string;
  readonly submittedAt: number;
}

/**
 * Recordings, newest first. Pages go by the time of submission, which never changes, so a recording that moves from
 * one state to the next is neither left out nor shown twice.
 */
export async function listRecordings(queue: Queue, redis: Redis, filter: ListFilter, now: number): Promise<ListPage> {
  const found: RecordingStatus[] = [];
  let position = parseCursor(filter.cursor);
  for (let scanned = 0; scanned < MAX_SCANNED; scanned += BATCH) {
    const entries = await entriesAfter(redis, position, filter);
    const statuses = await Promise.all(entries.map((entry) => matching(queue, redis, entry, filter, now)));
    for (const [index, status] of statuses.entries()) {
      position = entries[index];
      if (status !== null) found.push(status);
      if (found.length === filter.limit && position) return { recordings: found, cursor: cursorOf(position) };
    }
    if (entries.length < BATCH) return { recordings: found };
  }
  return { recordings: found, ...(position && { cursor: cursorOf(position) }) };
}

/** Entries in order of (time, id), descending. Several may have the same millisecond. */
async function entriesAfter(redis: Redis, position: Entry | undefined, { since, until }: Filter): Promise<Entry[]> {
  const newest = until === undefined ? '+inf' : `(${until}`;
  const from = position?.submittedAt ?? newest;
  const to = since ?? '-inf';
  const entries: Entry[] = [];
  for (let offset = 0; entries.length < BATCH; offset += BATCH) {
    const flat = await redis.zrevrangebyscore(ownKeys.index, from, to, 'WITHSCORES', 'LIMIT', offset, BATCH);
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const entry = { requestId: flat[index] ?? '', submittedAt: Number(flat[index + 1]) };
      if (position === undefined || isAfter(entry, position)) entries.push(entry);
    }
    if (flat.length < 2 * BATCH) break;
  }
  return entries.slice(0, BATCH);
}

const isAfter = (entry: Entry, position: Entry): boolean =>
  entry.submittedAt < position.submittedAt ||
  (entry.submittedAt === position.submittedAt && entry.requestId < position.requestId);

async function matching(
  queue: Queue,
  redis: Redis,
  { requestId, submittedAt }: Entry,
  filter: Filter,
  now: number,
): Promise<RecordingStatus | null> {
  const status = await readStatus(queue, redis, requestId);
  if (status === null && now - submittedAt > SETTLED_MS) await redis.zrem(ownKeys.index, requestId);
  return status !== null && fits(status, filter) ? status : null;
}

const fits = (status: RecordingStatus, { state, sdkAppId, room, userId }: Filter): boolean =>
  (state === undefined || status.State === state) &&
  (sdkAppId === undefined || status.SdkAppId === String(sdkAppId)) &&
  (room === undefined || (room.type === 'int' ? status.RoomId === String(room.id) : status.StrRoomId === room.id)) &&
  (userId === undefined || status.UserId === userId);

const cursorOf = ({ submittedAt, requestId }: Entry): string =>
  Buffer.from(`${submittedAt} ${requestId}`).toString('base64url');

function parseCursor(cursor: string | undefined): Entry | undefined {
  if (cursor === undefined) return undefined;
  const [submittedAt, requestId = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  const at = Number(submittedAt);
  return Number.isFinite(at) && requestId !== '' ? { submittedAt: at, requestId } : undefined;
}
