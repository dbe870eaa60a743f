import { describe, expect, test } from '@jest/globals';
import { addressOf } from '../src/redis/address.ts';

test.each([
  ['redis://h', { host: 'h', port: 6379 }],
  ['redis://h:7000/3', { host: 'h', port: 7000, db: 3 }],
  ['redis://:p%40ss@h', { host: 'h', port: 6379, password: 'p@ss' }],
  ['redis://user:pass@h', { host: 'h', port: 6379, username: 'user', password: 'pass' }],
  ['redis://[::1]:6380', { host: '::1', port: 6380 }],
  ['rediss://h', { host: 'h', port: 6379, tls: {} }],
  [
    'redis+sentinel://:pass@s1/primary/2?sentinel=s2:26380&sentinel=s3&sentinelPassword=sp',
    {
      sentinels: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
        { host: 's3', port: 26379 },
      ],
      name: 'primary',
      db: 2,
      password: 'pass',
      sentinelPassword: 'sp',
      failoverDetector: true,
    },
  ],
])('%s', (url, address) => {
  expect(addressOf(url)).toEqual(address);
});

describe('refused, without the password', () => {
  test.each([
    ['', 'it must be redis://host'],
    ['h:6379', 'it must be redis://host'],
    ['http://h', 'it must be redis://host'],
    ['redis://', 'it must be redis://host'],
    ['redis://:SECRET@h1,h2:6379', 'its host is no host name'],
    ['redis://:SECRET@h/x', 'the database must be a number'],
    ['redis://:SECRET@h/1e3', 'the database must be a number'],
    ['redis://:SECRET@h/1/2', 'more parts'],
    ['redis+sentinel://:SECRET@s1', 'needs the name of the primary'],
    ['redis+sentinel://:SECRET@s1/p/1/2', 'more parts'],
    ['redis://:SECRET%@h', 'its password has a % that begins no escape; in a user name or password write'],
    ['redis://SECRET%zz:x@h', 'its user name has a %'],
    ['redis://:SECRET@h/%', 'its path has a %'],
    ['redis://:SECRET#x@h', 'it must be redis://host'],
    ['redis://:x@h#SECRET', 'it has a #'],
    ['redis://:SECRET/x@h', 'it must be redis://host'],
    ['redis://:SECRET@h?db=3', 'its parameter db is unknown; write the database as a path: redis://host/3'],
    ['redis://:SECRET@h?ssl=true', 'its parameter ssl is unknown'],
    ['redis+sentinel://:SECRET@s1/p?sentinels=s2', 'its parameter sentinels is unknown'],
    ['redis+sentinel://:SECRET@s1/p?sentinel=s2:x', 'each sentinel= must be host or host:port'],
    ['redis+sentinel://:SECRET@s1/p?sentinel=', 'each sentinel= must be host or host:port'],
    ['redis+sentinel://:SECRET@s1/p?sentinel=s2,s3:1', 'each sentinel= must be host or host:port'],
    ['redis+sentinel://:SECRET@s1/p?sentinel=redis://s2', 'each sentinel= must be host or host:port'],
    ['redis+sentinel://:SECRET@s1/p?sentinel=s2%252', 'each sentinel= must be host or host:port'],
  ])('%s', (url, message) => {
    expect(() => addressOf(url)).toThrow(
      expect.objectContaining({ code: 'InvalidConfiguration', message: expect.stringContaining(message) }),
    );
    expect(() => addressOf(url)).toThrow(/^REDIS_URL is wrong/);
    expect(() => addressOf(url)).not.toThrow(/SECRET/);
  });
});
