import { errorCatalogue, type ErrorEntry } from '@trtc-recorder/contracts';
import { expect, test } from '@jest/globals';
import { errorsPage } from './kit/errors-page.ts';
import { expectHeldEqual } from './kit/held-equal.ts';

test('docs/errors.md has every error as the catalogue has it, and no other', async () => {
  await expectHeldEqual('docs/errors.md', errorsPage());
});

const entries: [string, ErrorEntry][] = Object.entries(errorCatalogue);

test.each(entries)('%s says what to do in whole sentences', (_, { help }) => {
  expect(help).toMatch(/^[^\s].*[.]$/);
});

test('a request that is at fault is answered 4xx, anything else 5xx', () => {
  const wrong = entries.filter(
    ([, { blame, status }]) => status !== undefined && (blame === 'caller') !== (status >= 400 && status < 500),
  );
  expect(wrong).toEqual([]);
});
