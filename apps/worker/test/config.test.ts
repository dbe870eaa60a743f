import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '@trtc-recorder/runtime';
import { ConfigSchema } from '../src/config.ts';
import { appSecretKeys } from '../src/settings.ts';

const load = (env: Record<string, string>) => loadConfig(ConfigSchema, { PAYLOAD_KEY: 'k', ...env });

describe('keys pasted into the environment', () => {
  test.each([
    'TENCENTCLOUD_SECRET_ID',
    'TENCENTCLOUD_SECRET_KEY',
    'TENCENTCLOUD_SESSION_TOKEN',
    'TENCENTCLOUD_SECRETID',
    'TENCENTCLOUD_SECRETKEY',
    'TENCENTCLOUD_SESSIONTOKEN',
  ] as const)('%s loses what is unseen at its ends, and is refused with it inside', (name) => {
    expect(load({ [name]: '\ufeff AKIDx\u200b\r\n' })[name]).toBe('AKIDx');
    const secret = 'AKID\u200bSECRET';
    expect(() => load({ [name]: secret })).toThrow(`${name} is wrong: must be visible ASCII`);
  });

  test('APP_SECRET_KEYS too', () => {
    const { APP_SECRET_KEYS } = load({ APP_SECRET_KEYS: '1400000000:abc\u200b, \u200b1400000001:def\n' });
    expect([...appSecretKeys(APP_SECRET_KEYS)]).toEqual([
      [1400000000, 'abc'],
      [1400000001, 'def'],
    ]);
  });
});
