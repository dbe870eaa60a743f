import { flag, integer, list, payloadKeys, proxyVariables, statusVariables } from '@trtc-recorder/runtime';
import { z } from 'zod';

/** The notifier's environment, one field a variable. docs/configuration.md repeats it; a test holds the two equal. */
export const ConfigSchema = z.object({
  REDIS_URL: z
    .url()
    .default('redis://127.0.0.1:6379')
    .describe('Redis of the queue: redis://, rediss:// or, by Sentinel, redis+sentinel://host/name?sentinel=host'),
  REDIS_ALLOW_EVICTION: flag(false).describe(
    'Start although Redis may evict keys, or forbids to ask (some hosted Redis); jobs can be lost then',
  ),
  PAYLOAD_KEY: payloadKeys().describe(
    'Key that opens the Callback URL in a job: 32 bytes, base64; a comma list to rotate, the first one seals',
  ),
  CALLBACK_TIMEOUT_MS: integer(10_000, 100, 120_000).describe('Time limit of one POST, from the DNS query on, ms'),
  CALLBACK_CONNECT_TIMEOUT_MS: integer(5_000, 100, 120_000).describe(
    'Time limit until the connection (with TLS) to the receiver stands, ms',
  ),
  CALLBACK_PARALLEL: integer(256, 1, 1_000).describe('POSTs at once in this notifier'),
  CALLBACK_PARALLEL_PER_RECEIVER: integer(8, 1, 1_000).describe(
    'POSTs at once to one Callback URL, and twice as many to one host (scheme, host and port), so that a slow one leaves room for the others',
  ),
  CALLBACK_REST_MS: integer(30_000, 100, 3_600_000).describe(
    'How long a Callback URL that answered 5xx or nothing 5 times in a row, or a host that could not be connected to so often, is left alone before one POST tries it again, ms',
  ),
  CALLBACK_GIVE_UP_H: integer(24, 1, 720).describe('How long a callback is tried from its first attempt on, h'),
  CALLBACK_ALLOW_PRIVATE: flag(true).describe(
    'Whether a Callback may point to private and loopback addresses; link-local ones (cloud metadata) never may',
  ),
  CALLBACK_SIGNING_KEYS: list().describe(
    'Keys that sign callbacks in X-Signature: sdkAppId:key for one app, or a key alone for all others, separated by commas; empty: not signed',
  ),
  DRAIN_GRACE_MS: integer(20_000, 0, 3_600_000).describe('From SIGTERM until POSTs under way are broken off, ms'),
  ...proxyVariables,
  ...statusVariables,
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Log level'),
});
export type Config = z.infer<typeof ConfigSchema>;
