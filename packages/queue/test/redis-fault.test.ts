import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { AppError } from '@trtc-recorder/runtime';
import { redisFaultOf, replyCode } from '../src/redis/redis-fault.ts';
import { startTestRedis, type TestRedis } from './helpers/redis.ts';
import { until } from './helpers/until.ts';
import { formCluster, productUrl, refusals } from './helpers/refusals.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it passed',
    (error: unknown) => error,
  );

describe('what a refusal says', () => {
  test.each(refusals.filter(({ reply }) => reply !== undefined))(
    '$name: $reply is no fault of the command',
    async ({ reply = '', settings, begin, end }) => {
      const redis = await startTestRedis(settings);
      const url = await productUrl(redis);
      if (settings !== undefined) await formCluster(redis);
      const client = new Redis(url, { maxRetriesPerRequest: null });
      client.on('error', () => undefined);
      const write = () => client.eval("return redis.call('SET', KEYS[1], 'b')", 1, 'a');
      try {
        await write();
        await begin(redis);
        // One that was under way as its connection ended waits for the next connection.
        let error: unknown;
        await until('it refuses', () => {
          write().catch((reason: unknown) => (error ??= reason));
          return error;
        });
        expect(String(error)).toContain(`ReplyError: ${reply}`);
        expect(redisFaultOf(error)).toBe(reply.startsWith('ERR') ? 'unclear' : 'not-now');
        await end(redis);
      } finally {
        client.disconnect();
        await redis.stop();
      }
    },
  );
});

describe('by its code', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());

  test.each([
    ['NOAUTH Authentication required.', 'not-now'],
    ['LOADING Redis is loading the dataset in memory', 'not-now'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'not-now'],
    ['MOVED 3999 127.0.0.1:6381', 'not-now'],
    ['NOSCRIPT No matching script. Please use EVAL.', 'not-now'],
    ['EXECABORT Transaction discarded because of previous errors.', 'not-now'],
    ['SOMETHINGNEW that no Redis has today', 'not-now'],
    ['ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -OOM command not allowed', 'not-now'],
    ['ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -WRONGTYPE Operation', 'command'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'command'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'command'],
    ["ERR unknown command 'FOO'", 'unclear'],
    ['a proxy that has no codes', 'unclear'],
  ] as const)('%s', async (reply, fault) => {
    const script = 'return {err = ARGV[1]}';
    expect(redisFaultOf(await failureOf(redis.client.eval(script, 0, reply)))).toBe(fault);
  });

  test('a command that a connection was lost with', async () => {
    const own = await startTestRedis();
    const client = new Redis(own.url, { maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    await client.ping();
    await own.freeze();
    const failed = failureOf(client.ping());
    await own.kill();
    expect(redisFaultOf(await failed)).toBe('not-now');
    client.disconnect();
    await own.stop();
  });

  test('what is not of Redis', () => {
    const ofBullMq = Object.assign(new Error('Missing lock for job 1. moveToFinished'), { code: -2 });
    for (const error of [ofBullMq, new AppError('SealBroken', 'broken'), new TypeError('x'), 'text', undefined])
      expect(redisFaultOf(error)).toBeNull();
  });

  test('the code is the first word, whatever else is said', () => {
    expect(replyCode(new Error('READONLY You can not write'))).toBe('READONLY');
    expect(replyCode(new Error('ERR LOADING is no code here'))).toBe('ERR');
  });
});
