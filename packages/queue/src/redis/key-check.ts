import { AppError } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';
import type { Sealer } from '../sealing.ts';
import { ownKeys } from './keys.ts';

/** Put in place of a RequestId: the check belongs to no recording. */
const NO_RECORDING = '-';

const REPLACE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end
`;

/**
 * Finds out at start whether this process has the key the others seal with, instead of when the first recording is
 * lost to it. The first process leaves a sealed word in Redis; each one that starts must be able to open it, and seals
 * it anew when its own first key is another: that is how a rotation goes on. It tells a wrong key, not one that was
 * taken away too early: what is still sealed with that one waits until it is put back. Error: InvalidConfiguration.
 */
export async function checkPayloadKey(redis: Redis, sealer: Sealer): Promise<void> {
  const own = sealer.seal('payload key', NO_RECORDING, 'key-check');
  if ((await redis.setnx(ownKeys.keyCheck, own)) === 1) return;
  const found = (await redis.get(ownKeys.keyCheck)) ?? own;
  try {
    sealer.open(found, NO_RECORDING, 'key-check');
  } catch (cause) {
    throw new AppError(
      'InvalidConfiguration',
      'PAYLOAD_KEY is not the one that the other processes on this Redis use. Give all of them the same; if the old ' +
        `key is lost for good, delete the Redis key ${ownKeys.keyCheck}: what is sealed with it waits until it is terminated`,
      { cause },
    );
  }
  if (!found.includes(`.${sealer.keyId}.`)) await redis.eval(REPLACE, 1, ownKeys.keyCheck, found, own);
}
