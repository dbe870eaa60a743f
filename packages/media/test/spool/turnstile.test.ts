import { expect, test } from '@jest/globals';
import { Turnstile } from '../../src/spool/turnstile.ts';

test('so many at once, in the order they came, and one that fails makes room as well', async () => {
  const turnstile = new Turnstile(2);
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const fail: (() => void)[] = [];
  const works = [0, 1, 2, 3].map((name) =>
    turnstile.pass(
      () =>
        new Promise<void>((resolve, reject) => {
          begun.push(name);
          finish[name] = resolve;
          fail[name] = () => reject(new Error('broken'));
        }),
    ),
  );
  const outcomes = Promise.allSettled(works);
  expect(begun).toEqual([0, 1]);
  fail[1]!();
  await expect(works[1]).rejects.toThrow('broken');
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  finish[0]!();
  await works[0];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2, 3]);
  finish[2]!();
  finish[3]!();
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
});
