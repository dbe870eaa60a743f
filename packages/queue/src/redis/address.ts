import { AppError } from '@trtc-recorder/runtime';
import type { RedisOptions } from 'ioredis';

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26379;

type Address = Pick<
  RedisOptions,
  | 'host'
  | 'port'
  | 'username'
  | 'password'
  | 'db'
  | 'tls'
  | 'sentinels'
  | 'name'
  | 'sentinelPassword'
  | 'enableTLSForSentinelMode'
  | 'failoverDetector'
>;

/**
 * Where Redis is, from `REDIS_URL`:
 * `redis://[user:password@]host[:port][/db]`, `rediss://…` with TLS, or by Sentinel
 * `redis+sentinel://[user:password@]host[:port]/name[/db]?sentinel=host:port&sentinel=host:port[&sentinelPassword=…]`,
 * where host is one of the sentinels, name the primary's, and the login that of Redis.
 * Error: InvalidConfiguration, without the password in its message.
 */
export function addressOf(redisUrl: string): Address {
  const url = URL.canParse(redisUrl) ? new URL(redisUrl) : null;
  const scheme = /^redis(s?)(\+sentinel)?:$/.exec(url?.protocol ?? '');
  if (url === null || scheme === null || url.hostname === '')
    throw new AppError(
      'InvalidConfiguration',
      'REDIS_URL must be redis://host, rediss://host or redis+sentinel://host/name',
    );
  const [, secure, sentinel] = scheme;
  const path = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const tls = secure === 's' ? { tls: {} } : {};
  const login = {
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  };
  if (sentinel === undefined)
    return { host: host(url), port: Number(url.port || DEFAULT_PORT), ...login, ...tls, ...database(path[0]) };
  return { ...sentinels(url), ...login, ...tls, ...database(path[1]), ...primary(path[0]) };
}

/** Without the brackets of an IPv6 address. */
const host = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

function sentinels(url: URL): Address {
  const more = url.searchParams.getAll('sentinel').map((text) => new URL(`redis://${text}`));
  const password = url.searchParams.get('sentinelPassword');
  return {
    sentinels: [url, ...more].map((at) => ({ host: host(at), port: Number(at.port || DEFAULT_SENTINEL_PORT) })),
    // Told by a sentinel of a failover, the client leaves the old primary at once.
    failoverDetector: true,
    ...(url.protocol === 'rediss+sentinel:' && { enableTLSForSentinelMode: true }),
    ...(password !== null && { sentinelPassword: password }),
  };
}

function primary(name: string | undefined): Address {
  if (name !== undefined && name !== '') return { name };
  throw new AppError('InvalidConfiguration', 'REDIS_URL: redis+sentinel://host/name needs the name of the primary');
}

function database(text: string | undefined): Address {
  if (text === undefined || text === '') return {};
  if (/^\d+$/.test(text)) return { db: Number(text) };
  throw new AppError('InvalidConfiguration', 'REDIS_URL: the database must be a number');
}
