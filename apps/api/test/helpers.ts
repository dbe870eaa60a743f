import { afterAll, beforeAll } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { createSubmitter, type Submitter } from '@trtc-recorder/queue';
import { createLogger, loadConfig } from '@trtc-recorder/runtime';
import { signUserSig } from '@trtc-recorder/tencent';
import type { FastifyInstance } from 'fastify';
import { startTestRedis, type TestRedis } from '../../../packages/queue/test/helpers/redis.ts';
import { buildApi } from '../src/app.ts';
import { ConfigSchema } from '../src/config.ts';
import { settingsOf } from '../src/settings.ts';

export const payloadKey = randomBytes(32).toString('base64');
export const SDK_APP_ID = 1400000000;

export const userSig = (userId: string, change: { sdkAppId?: number; expireSeconds?: number; now?: number } = {}) =>
  signUserSig({ sdkAppId: SDK_APP_ID, secretKey: 'app-secret', userId, expireSeconds: 3600, ...change });

let users = 0;
/** The recipe's example, with a signature and a recorder that no other test has. */
export const request = (change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const UserId = `user_${(users += 1)}`;
  return {
    SdkAppId: SDK_APP_ID,
    RoomId: 43474,
    UserId,
    Mode: '02',
    UserSig: userSig(UserId),
    CosConfig: { Region: 'ap-shanghai', Bucket: 'test-123456789', Path: '/trtc' },
    ...change,
  };
};

export interface Api {
  readonly app: FastifyInstance;
  readonly submitter: Submitter;
  readonly redis: TestRedis;
  /** Everything logged so far. */
  readonly log: () => string;
}

/** The API over a real Redis, with `env` for its configuration. */
export function api(env: Readonly<Record<string, string>> = {}): Api {
  let app: FastifyInstance;
  let submitter: Submitter;
  let redis: TestRedis;
  let log = '';
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      log += String(chunk);
      done();
    },
  });
  beforeAll(async () => {
    redis = await startTestRedis();
    const logger = createLogger({ app: 'api', level: 'trace', destination });
    const config = loadConfig(ConfigSchema, { REDIS_URL: redis.url, PAYLOAD_KEY: payloadKey, ...env });
    submitter = createSubmitter({ redisUrl: redis.url, payloadKeys: config.PAYLOAD_KEY, logger });
    await submitter.ready();
    app = await buildApi(settingsOf(config), { submitter, logger });
  });
  afterAll(async () => {
    await app.close();
    await submitter.close();
    await redis.stop();
  });
  return {
    get app() {
      return app;
    },
    get submitter() {
      return submitter;
    },
    get redis() {
      return redis;
    },
    log: () => log,
  };
}

export interface ErrorBody {
  RequestId: string;
  Error: { Code: string; Message: string };
}
