import { describe, expect, test } from '@jest/globals';
import { proxyFor, proxySettings, retryAfterMs } from '@trtc-recorder/runtime';

const none = {
  https_proxy: '',
  HTTPS_PROXY: '',
  http_proxy: '',
  all_proxy: '',
  ALL_PROXY: '',
  no_proxy: '',
  NO_PROXY: '',
};
const proxyOf = (url: string, env: Partial<typeof none>) =>
  proxyFor(new URL(url), proxySettings({ ...none, ...env }))?.href;

describe('the proxy, as curl chooses it', () => {
  test.each<[string, Partial<typeof none>, string | undefined]>([
    ['https://a.test/', {}, undefined],
    ['https://a.test/', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    ['https://a.test/', { https_proxy: 'one:1', HTTPS_PROXY: 'http://two:2' }, 'http://one:1/'],
    ['https://a.test/', { http_proxy: 'http://proxy:1' }, undefined],
    ['http://a.test/', { http_proxy: 'http://proxy:1' }, 'http://proxy:1/'],
    ['http://a.test/', { HTTPS_PROXY: 'http://proxy:1' }, undefined],
    ['http://a.test/', { ALL_PROXY: 'http://proxy:1' }, 'http://proxy:1/'],
    ['https://a.test/', { all_proxy: 'http://user:pw@proxy:1' }, 'http://user:pw@proxy:1/'],
  ])('for %s with %o is %s', (url, env, expected) => expect(proxyOf(url, env)).toBe(expected));

  test.each([
    ['https://a.test/', 'a.test'],
    ['https://x.a.test/', 'a.test'],
    ['https://x.a.test/', 'b.test, .a.test'],
    ['https://A.TEST:8443/', 'a.test'],
    ['https://a.test/', '*'],
    ['https://10.1.2.3/', '10.0.0.0/8'],
    ['https://10.1.2.3/', '10.1.2.3'],
    ['https://[2001:db8::1]/', '2001:db8::/32'],
    ['https://localhost/', ''],
    ['https://127.9.9.9/', ''],
    ['https://[::1]/', ''],
  ])('is none for %s with NO_PROXY=%s', (url, NO_PROXY) =>
    expect(proxyOf(url, { HTTPS_PROXY: 'http://proxy:1', NO_PROXY })).toBeUndefined(),
  );

  test.each([
    ['https://ba.test/', 'a.test'],
    ['https://a.test.example/', 'a.test'],
    ['https://11.1.2.3/', '10.0.0.0/8'],
    ['https://10.1.2.3/', '10.0.0.0/99'],
  ])('is there for %s with NO_PROXY=%s', (url, NO_PROXY) =>
    expect(proxyOf(url, { HTTPS_PROXY: 'http://proxy:1', NO_PROXY })).toBe('http://proxy:1/'),
  );
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  const day = 86_400_000;
  test.each<[object, number | undefined]>([
    [{}, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': '999999999999' }, 3_600_000],
    [{ 'retry-after': new Date(now + 30_000).toUTCString() }, 30_000],
    [{ 'retry-after': new Date(now - 30_000).toUTCString() }, 0],
    [{ 'retry-after': new Date(now + day).toUTCString() }, 3_600_000],
    // A server whose clock is a day ahead.
    [{ 'retry-after': new Date(now + day + 5_000).toUTCString(), date: new Date(now + day).toUTCString() }, 5_000],
  ])('%o is %s ms', (headers, expected) => expect(retryAfterMs(headers, 3_600_000, now)).toBe(expected));
});
