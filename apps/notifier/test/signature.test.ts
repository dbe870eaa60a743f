import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { keyFor, signature, signingKeys } from '../src/signature.ts';

test('is HMAC-SHA256 over time and body', () => {
  // printf '1795521600.{"RequestId":"r1"}' | openssl dgst -sha256 -hmac callback-key
  expect(signature('callback-key', '{"RequestId":"r1"}', 1_795_521_600_999)).toBe(
    't=1795521600,v1=2cfefda7d2fecb02cd2206fefe1234868ecbd9cb9bae9921cb55728b9ddb1604',
  );
});

test('is documented with this vector', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/callbacks.md'), 'utf8');
  expect(page).toContain(`X-Signature  ${signature('callback-key', '{"RequestId":"r1"}', 1_795_521_600_000)}\n`);
});

test('uses the key of the app, else the one for all others', () => {
  const keys = signingKeys(['1400000000:of-the-app', 'of-all:others']);
  expect(keyFor(keys, '1400000000')).toBe('of-the-app');
  expect(keyFor(keys, '1400000001')).toBe('of-all:others');
  expect(keyFor(signingKeys(['1400000000:k']), '1')).toBeUndefined();
});

test.each(['140:', ':'])('an entry without a key is refused: %s', (entry) => {
  expect(() => signingKeys([entry])).toThrow(
    expect.objectContaining({
      code: 'InvalidConfiguration',
      message: expect.stringContaining('CALLBACK_SIGNING_KEYS'),
    }),
  );
});
