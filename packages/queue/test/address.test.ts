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
  test.each(['', 'h:6379', 'http://h', 'redis://', 'redis://:SECRET@h/x', 'redis+sentinel://:SECRET@s1'])(
    '%s',
    (url) => {
      expect(() => addressOf(url)).toThrow(expect.objectContaining({ code: 'InvalidConfiguration' }));
      expect(() => addressOf(url)).not.toThrow(/SECRET/);
    },
  );
});
