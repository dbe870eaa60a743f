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
 * where host is one of the sentinels, name the primary's, and the login that of Redis. A part that has no effect is
 * refused: it would lead to another database than was meant.
 * Error: InvalidConfiguration, without the password in its message.
 */
export function addressOf(redisUrl: string): Address {
  const url = URL.canParse(redisUrl) ? new URL(redisUrl) : null;
  const scheme = /^redis(s?)(\+sentinel)?:$/.exec(url?.protocol ?? '');
  if (url === null || scheme === null || url.hostname === '')
    throw refusal('it must be redis://host, rediss://host or redis+sentinel://host/name', ESCAPES);
  if (!HOST.test(url.hostname)) throw refusal('its host is no host name: one host, or redis+sentinel://');
  if (url.hash !== '') throw refusal('it has a #', ESCAPES);
  const [, secure, sentinel] = scheme;
  const isSentinel = sentinel !== undefined;
  refuseUnknownParameters(url, isSentinel ? ['sentinel', 'sentinelPassword'] : []);
  const path = url.pathname
    .split('/')
    .slice(1)
    .map((part) => decoded(part, 'path'));
  if (path.length > (isSentinel ? 2 : 1)) throw refusal('its path has more parts than the database');
  const tls = secure === 's' ? { tls: {} } : {};
  const login = {
    ...(url.username !== '' && { username: decoded(url.username, 'user name') }),
    ...(url.password !== '' && { password: decoded(url.password, 'password') }),
  };
  if (!isSentinel)
    return { host: host(url), port: Number(url.port || DEFAULT_PORT), ...login, ...tls, ...database(path[0]) };
  return { ...sentinels(url), ...login, ...tls, ...database(path[1]), ...primary(path[0]) };
}

/** Where that is, to show: without login and parameters. */
export const shownAddress = ({
  host = '',
  port,
  sentinels: all,
  db = 0,
}: Pick<Address, 'host' | 'port' | 'sentinels' | 'db'>): string =>
  all == null
    ? `${host}:${port ?? DEFAULT_PORT}, database ${db}`
    : `the sentinels ${all.map((at) => `${at.host ?? ''}:${at.port ?? ''}`).join(', ')}, database ${db}`;

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;
const ESCAPES = 'in a user name or password write : / ? # [ ] @ % as %3A %2F %3F %23 %5B %5D %40 %25';
const refusal = (what: string, cure?: string): AppError =>
  new AppError('InvalidConfiguration', `REDIS_URL is wrong: ${what}${cure === undefined ? '' : `; ${cure}`}`);

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal(`its ${part} has a % that begins no escape`, ESCAPES);
  }
}

function refuseUnknownParameters({ searchParams }: URL, known: readonly string[]): void {
  const unknown = [...searchParams.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const cure = unknown === 'db' ? 'write the database as a path: redis://host/3' : 'leave it out';
  throw refusal(`its parameter ${unknown} is unknown`, cure);
}

/** Without the brackets of an IPv6 address. */
const host = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

function sentinels(url: URL): Address {
  const more = url.searchParams.getAll('sentinel').map(sentinelAt);
  const password = url.searchParams.get('sentinelPassword');
  return {
    sentinels: [url, ...more].map((at) => ({ host: host(at), port: Number(at.port || DEFAULT_SENTINEL_PORT) })),
    // Told by a sentinel of a failover, the client leaves the old primary at once.
    failoverDetector: true,
    ...(url.protocol === 'rediss+sentinel:' && { enableTLSForSentinelMode: true }),
    ...(password !== null && { sentinelPassword: password }),
  };
}

function sentinelAt(text: string): URL {
  const at = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : null;
  if (at !== null && HOST.test(at.hostname) && at.host === text) return at;
  throw refusal('each sentinel= must be host or host:port');
}

function primary(name: string | undefined): Address {
  if (name !== undefined && name !== '') return { name };
  throw refusal('redis+sentinel://host/name needs the name of the primary');
}

function database(text: string | undefined): Address {
  if (text === undefined || text === '') return {};
  if (/^\d{1,9}$/.test(text)) return { db: Number(text) };
  throw refusal('the database must be a number, as in redis://host/3');
}
