import { flag, integer, list, payloadKeys, port } from '@trtc-recorder/runtime';
import { z } from 'zod';

/** The API's environment, one field a variable. docs/configuration.md repeats it; a test holds the two equal. */
export const ConfigSchema = z.object({
  API_HOST: z
    .string()
    .default('')
    .describe(
      'Address to listen on; empty: all addresses when API_TOKENS is set, else 127.0.0.1, and then no other is accepted',
    ),
  API_PORT: port(3000).describe('TCP port to listen on; 0: the system chooses'),
  API_TOKENS: list().describe(
    'Tokens that callers send as `Authorization: Bearer <token>` (or as the password of Basic), separated by commas',
  ),
  REDIS_URL: z
    .url()
    .default('redis://127.0.0.1:6379')
    .describe('Redis of the queue: redis://, rediss:// or, by Sentinel, redis+sentinel://host/name?sentinel=host'),
  REDIS_ALLOW_EVICTION: flag(false).describe(
    'Start although Redis may evict keys, or forbids to ask (some hosted Redis); jobs can be lost then',
  ),
  PAYLOAD_KEY: payloadKeys().describe(
    'Key that seals the secrets in a job: 32 bytes, base64; a comma list to rotate, the first one seals',
  ),
  APP_SECRET_KEYS: list().describe(
    'Secret keys with which the service signs UserSigs itself: sdkAppId:key, separated by commas; for these apps a request needs no UserSig',
  ),
  DEFAULT_COS_REGION: z.string().default('').describe('Region for requests without CosConfig'),
  DEFAULT_COS_BUCKET: z.string().default('').describe('Bucket (name-appid) for requests without CosConfig'),
  DEFAULT_COS_PATH: z.string().default('/').describe('Path for requests without CosConfig'),
  MAX_DURATION_S: integer(86_400, 1, 604_800).describe('Time limit of a recording, s; a request may ask for less'),
  DRAIN_GRACE_MS: integer(10_000, 0, 3_600_000).describe('From SIGTERM until open requests are broken off, ms'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Log level'),
});
export type Config = z.infer<typeof ConfigSchema>;
