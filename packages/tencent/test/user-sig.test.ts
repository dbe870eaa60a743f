import { describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { checkUserSig, decodeUserSig, signUserSig } from '@trtc-recorder/tencent';

const now = Date.UTC(2026, 10, 24, 12, 0, 0);
const request = { sdkAppId: 1400000000, secretKey: 'a-secret-key', userId: 'user_1', expireSeconds: 3600, now };

const pack = (document: unknown) =>
  deflateSync(JSON.stringify(document))
    .toString('base64')
    .replaceAll('+', '*')
    .replaceAll('/', '-')
    .replaceAll('=', '_');
const unpack = (text: string): Record<string, unknown> =>
  JSON.parse(
    inflateSync(Buffer.from(text.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '='), 'base64')).toString(),
  ) as Record<string, unknown>;

describe('signUserSig', () => {
  test('signs the four documented lines with HMAC-SHA256', () => {
    const time = now / 1000;
    const lines = ['TLS.identifier:user_1', 'TLS.sdkappid:1400000000', `TLS.time:${time}`, 'TLS.expire:3600', ''];
    expect(unpack(signUserSig(request))).toEqual({
      'TLS.ver': '2.0',
      'TLS.identifier': 'user_1',
      'TLS.sdkappid': 1400000000,
      'TLS.time': time,
      'TLS.expire': 3600,
      'TLS.sig': createHmac('sha256', 'a-secret-key').update(lines.join('\n')).digest('base64'),
    });
  });

  test('gives the signature computed with openssl for the same text', () => {
    // printf 'TLS.identifier:user_1\nTLS.sdkappid:1400000000\nTLS.time:1795521600\nTLS.expire:3600\n' |
    //   openssl dgst -sha256 -hmac a-secret-key -binary | base64
    expect(unpack(signUserSig(request))['TLS.sig']).toBe('g6aYAq/3XAU1ycP0hEPOETvI8wCmbwHzjjPqZGcFPF4=');
  });

  test.each(['plain', '中文', 'a b/c', '👍', 'ÿ'.repeat(32)])('is safe in a URL and readable again: %s', (userId) => {
    const signed = signUserSig({ ...request, userId });
    expect(signed).toMatch(/^[A-Za-z0-9*_-]+$/);
    expect(decodeUserSig(signed)).toEqual({
      userId,
      sdkAppId: 1400000000,
      issuedAt: now,
      expiresAt: now + 3_600_000,
    });
  });
});

describe('decodeUserSig', () => {
  test.each([
    ['empty', ''],
    ['no base64', '%%%'],
    ['not deflated', Buffer.from('{}').toString('base64')],
    ['no JSON', deflateSync('hello').toString('base64')],
    ['JSON null', pack(null)],
    ['without fields', pack({})],
    ['a negative time', pack({ ...unpack(signUserSig(request)), 'TLS.time': -1 })],
    ['a broken number', pack({ ...unpack(signUserSig(request)), 'TLS.sdkappid': '14e8' })],
  ])('refuses what is none: %s', (_, text) => {
    expect(decodeUserSig(text)).toBeNull();
  });

  test('refuses what inflates to megabytes without inflating it', () => {
    const bomb = pack({ ...unpack(signUserSig(request)), padding: 'x'.repeat(50_000_000) });
    const before = process.memoryUsage().arrayBuffers;
    expect(decodeUserSig(bomb)).toBeNull();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
  });

  test('reads numbers written as text', () => {
    const text = pack({ ...unpack(signUserSig(request)), 'TLS.sdkappid': '1400000000', 'TLS.expire': '60' });
    expect(decodeUserSig(text)).toMatchObject({ sdkAppId: 1400000000, expiresAt: now + 60_000 });
  });
});

describe('checkUserSig', () => {
  const good = { userSig: signUserSig(request), sdkAppId: 1400000000, userId: 'user_1', now };
  const huge = pack({ ...unpack(good.userSig), 'TLS.time': 0, 'TLS.expire': Number.MAX_SAFE_INTEGER - 1 });
  test.each([
    ['a good one', {}, null],
    ['good until its last second', { now: now + 3_599_999 }, null],
    ['good for ever', { userSig: huge }, null],
    ['none at all', { userSig: 'hello' }, 'is not a UserSig: it cannot be decoded'],
    ['another app', { sdkAppId: 1 }, 'was signed for SdkAppId 1400000000, not for 1'],
    ['another user', { userId: 'User_1' }, 'was signed for UserId "user_1", not for "User_1"'],
    ['expired', { now: now + 3_600_000 }, 'expired at 2026-11-24T13:00:00.000Z'],
  ])('%s', (_, change, problem) => {
    expect(checkUserSig({ ...good, ...change })).toBe(problem);
  });
});
