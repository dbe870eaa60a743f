import { expect, test } from '@jest/globals';
import { chromiumArgs } from '../src/chromium-args.ts';

test('what an operator switches off is switched off beside what has to be', () => {
  const args = chromiumArgs({
    profileDir: '/profile',
    extra: ['--disable-features=One,Two', '--lang=en'],
    isRoot: false,
  });
  const lists = args.filter((arg) => arg.startsWith('--disable-features='));
  expect(lists).toHaveLength(1);
  expect(lists[0]).toMatch(/PreloadTopChromeWebUI.*,One,Two$/);
  expect(args).toContain('--lang=en');
});
