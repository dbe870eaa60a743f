import { describe, expect, test } from '@jest/globals';
import { addressPolicy, checkHost } from '../src/addresses.ts';
import { post } from '../src/post.ts';
import { startReceiver } from './receiver.ts';

const privateOnes = ['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1', '::1', 'fd12::1', '0.0.0.0'];
const publicOnes = ['1.1.1.1', '119.29.29.29', '2402:4e00::'];
const metadata = ['169.254.0.23', '169.254.169.254', 'fe80::1'];

describe('with private addresses allowed', () => {
  const policy = addressPolicy({ allowPrivate: true });
  test.each([...privateOnes, ...publicOnes])('%s is called', (address) => expect(policy(address)).toBeNull());
  test.each(metadata)('%s never is', (address) => expect(policy(address)).toMatch(/link-local/));
});

describe('with private addresses refused', () => {
  const policy = addressPolicy({ allowPrivate: false });
  test.each(publicOnes)('%s is called', (address) => expect(policy(address)).toBeNull());
  test.each([...privateOnes, ...metadata, '::ffff:127.0.0.1', '::ffff:10.0.0.1'])('%s is not', (address) =>
    expect(policy(address)).not.toBeNull(),
  );

  test('a host that is an address is refused before anything is sent, in all its spellings', () => {
    for (const url of ['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://[::1]/', 'http://127.1/'])
      expect(() => checkHost(new URL(url).hostname, policy)).toThrow(
        expect.objectContaining({ code: 'CallbackUnreachable', retryable: false }),
      );
  });

  test('a name that leads to one is refused when it is resolved', async () => {
    const receiver = await startReceiver((response) => response.end());
    const url = receiver.url.replace('127.0.0.1', 'localhost');
    const limits = { timeoutMs: 1_000, connectTimeoutMs: 1_000, policy };
    await expect(post({ url, body: '', headers: {} }, limits)).rejects.toMatchObject({
      code: 'CallbackUnreachable',
      retryable: false,
    });
    expect(receiver.connections()).toBe(0);
    await receiver.close();
  });
});
