import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createSealer } from '../src/index.ts';

const key = () => randomBytes(32).toString('base64');
const [old, fresh] = [key(), key()];
const text = JSON.stringify({ userSig: 'eJw…', secretKey: '密钥' });

describe('a sealed text', () => {
  test('opens with its key, RequestId and purpose, and shows nothing', () => {
    const sealer = createSealer([old]);
    const sealed = sealer.seal(text, 'r1', 'recording-secrets');
    expect(sealer.open(sealed, 'r1', 'recording-secrets')).toBe(text);
    expect(sealed).not.toContain('eJw');
    expect(sealer.seal(text, 'r1', 'recording-secrets')).not.toBe(sealed);
  });

  test.each([
    ['of another recording', 'r2', 'recording-secrets'],
    ['for another purpose', 'r1', 'callback-url'],
  ] as const)('%s does not open', (_, requestId, purpose) => {
    const sealer = createSealer([old]);
    const sealed = sealer.seal(text, 'r1', 'recording-secrets');
    expect(() => sealer.open(sealed, requestId, purpose)).toThrow(expect.objectContaining({ code: 'SealBroken' }));
  });

  test.each([
    ['changed', (sealed: string) => sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA')],
    ['cut off', (sealed: string) => sealed.slice(0, -10)],
    ['empty', () => ''],
    ['without its tag', (sealed: string) => sealed.split('.').slice(0, 3).join('.')],
    ['of another version', (sealed: string) => sealed.replace('s1', 's2')],
  ])('that is %s does not open', (_, change) => {
    const sealer = createSealer([old]);
    const sealed = change(sealer.seal(text, 'r1', 'recording-secrets'));
    expect(() => sealer.open(sealed, 'r1', 'recording-secrets')).toThrow(
      expect.objectContaining({ code: 'SealBroken', retryable: false }),
    );
  });

  test('outlives a rotation of the key', () => {
    const sealed = createSealer([old]).seal(text, 'r1', 'recording-secrets');
    const rotated = createSealer([fresh, old]);
    expect(rotated.open(sealed, 'r1', 'recording-secrets')).toBe(text);
    const sealedAnew = rotated.seal(text, 'r1', 'recording-secrets');
    expect(createSealer([fresh]).open(sealedAnew, 'r1', 'recording-secrets')).toBe(text);
    expect(() => createSealer([fresh]).open(sealed, 'r1', 'recording-secrets')).toThrow(/PAYLOAD_KEY/);
  });
});

test.each([
  ['none', []],
  ['a short one', ['c2hvcnQ=']],
  ['one that is no base64 of 32 bytes', ['x'.repeat(31)]],
])('of keys, %s is refused without being repeated', (_, keys) => {
  expect(() => createSealer(keys)).toThrow(expect.objectContaining({ code: 'InvalidConfiguration' }));
});
