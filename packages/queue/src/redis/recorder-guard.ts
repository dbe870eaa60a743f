import { createHash } from 'node:crypto';
import { roomKey } from '@trtc-recorder/contracts';
import type { Redis } from 'ioredis';
import { QUEUES } from '../catalogue.ts';
import type { Recording } from '../recording.ts';
import { bullKeys, ownKeys } from './keys.ts';

/**
 * A recorder (app, room, user) has one recording at a time: TRTC throws out the first of two logins of one user. Who
 * holds a recorder is kept in a hash, but the word of the holder's job counts: a holder whose job has ended or doesn't
 * exist holds nothing, so a guard can't outlive its recording, and nothing expires under one that runs for days.
 */
const CLAIM = `
local holder = redis.call('HGET', KEYS[1], ARGV[1])
if holder and holder ~= ARGV[2] then
  local queue, alive = ARGV[3], false
  if redis.call('EXISTS', queue .. holder) == 1 then
    alive = not redis.call('ZSCORE', queue .. 'completed', holder) and not redis.call('ZSCORE', queue .. 'failed', holder)
  else
    alive = redis.call('EXISTS', ARGV[4] .. holder) == 1
  end
  if alive then return holder end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return false
`;

const RELEASE = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
`;

type Claimant = Pick<Recording, 'requestId' | 'sdkAppId' | 'room' | 'userId'>;

/** Hashed, because user ids may hold anything. */
const recorderKey = ({ sdkAppId, room, userId }: Claimant): string =>
  createHash('sha256')
    .update(JSON.stringify([sdkAppId, roomKey(room), userId]))
    .digest('base64url');

/** Makes the recording its recorder's one. Null: done; else the RequestId of the one that is alive. */
export async function claimRecorder(redis: Redis, recording: Claimant): Promise<string | null> {
  const queue = bullKeys(QUEUES.recordings).job('');
  const args = [recorderKey(recording), recording.requestId, queue, ownKeys.submitting('')];
  return (await redis.eval(CLAIM, 1, ownKeys.recorders, ...args)) as string | null;
}

/** Gives the recorder free, if this recording holds it. */
export async function releaseRecorder(redis: Redis, recording: Claimant): Promise<void> {
  await redis.eval(RELEASE, 1, ownKeys.recorders, recorderKey(recording), recording.requestId);
}
