import { createHash } from 'node:crypto';
import { roomKey } from '@trtc-recorder/contracts';
import type { Redis } from 'ioredis';
import { QUEUES } from '../catalogue.ts';
import type { Recording } from '../recording.ts';
import { bullKeys, ownKeys } from './keys.ts';

/**
 * A recorder (app, room, user) has one recording at a time: TRTC throws out the first of two logins of one user. From
 * the moment it has left the room for good the recorder is free, however long its files take to be delivered. Who holds a recorder is kept in a hash, but the word of the holder's job counts: a holder whose job has ended or doesn't
 * exist holds nothing, so a guard can't outlive its recording, and nothing expires under one that runs for days.
 */
const IS_ALIVE = `
local function alive(queue, submitting, holder)
  if redis.call('EXISTS', queue .. holder) == 0 then return redis.call('EXISTS', submitting .. holder) == 1 end
  return not redis.call('ZSCORE', queue .. 'completed', holder) and not redis.call('ZSCORE', queue .. 'failed', holder)
end
`;

const CLAIM = `${IS_ALIVE}
local holder = redis.call('HGET', KEYS[1], ARGV[3])
if holder and holder ~= ARGV[4] and alive(ARGV[1], ARGV[2], holder) then return holder end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
return false
`;

const RELEASE = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
`;

const SWEEP = `${IS_ALIVE}
local swept = 0
for index = 3, #ARGV do
  local holder = redis.call('HGET', KEYS[1], ARGV[index])
  if holder and not alive(ARGV[1], ARGV[2], holder) then
    swept = swept + redis.call('HDEL', KEYS[1], ARGV[index])
  end
end
return swept
`;

type Claimant = Pick<Recording, 'requestId' | 'sdkAppId' | 'room' | 'userId'>;

/** Hashed, because user ids may hold anything. */
const recorderKey = ({ sdkAppId, room, userId }: Claimant): string =>
  createHash('sha256')
    .update(JSON.stringify([sdkAppId, roomKey(room), userId]))
    .digest('base64url');

/** Where the scripts look for a holder's job, and for one that is about to be added. */
const prefixes = [bullKeys(QUEUES.recordings).job(''), ownKeys.submitting('')];

/** Makes the recording its recorder's one. Null: done; else the RequestId of the one that is alive. */
export async function claimRecorder(redis: Redis, recording: Claimant): Promise<string | null> {
  const args = [...prefixes, recorderKey(recording), recording.requestId];
  return (await redis.eval(CLAIM, 1, ownKeys.recorders, ...args)) as string | null;
}

/** Gives the recorder free, if this recording holds it: it has left the room for good. */
export async function releaseRecorder(redis: Redis, recording: Claimant): Promise<void> {
  await redis.eval(RELEASE, 1, ownKeys.recorders, recorderKey(recording), recording.requestId);
}

/** Forgets the holders whose recordings have ended; tells how many. */
export async function sweepRecorders(redis: Redis): Promise<number> {
  let swept = 0;
  for await (const batch of redis.hscanStream(ownKeys.recorders, { count: 100 })) {
    const recorders = (batch as string[]).filter((_, index) => index % 2 === 0);
    if (recorders.length > 0)
      swept += (await redis.eval(SWEEP, 1, ownKeys.recorders, ...prefixes, ...recorders)) as number;
  }
  return swept;
}
