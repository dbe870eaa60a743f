import { describe, expect, test } from '@jest/globals';
import { PathWatch, type PathChecks } from '../page/path-watch.ts';

/** What is found of checks that are read once a second. */
const watched = async (
  seconds: readonly (readonly [sent: number, answered: number] | undefined)[],
): Promise<string[]> => {
  const found: string[] = [];
  let second = 0;
  const watch = new PathWatch({
    checks: () => {
      const checks = seconds[second];
      return Promise.resolve(checks && ({ sent: checks[0], answered: checks[1] } satisfies PathChecks));
    },
    changed: (state) => found.push(`${second} s: ${state}`),
    now: () => second * 1000,
  });
  for (second = 0; second < seconds.length; second += 1) await watch.tick();
  return found;
};

describe('the recorder’s own path', () => {
  test('is silent while its checks stay without an answer, and alive with the first', async () => {
    const dead = [
      [20, 10],
      [40, 10],
      [60, 10],
      [80, 11],
    ] as const;
    expect(await watched([[8, 8], [10, 10], ...dead])).toEqual(['3 s: path silent', '5 s: path alive']);
  });

  test.each<[string, readonly (readonly [number, number] | undefined)[]]>([
    [
      'with media: a check in 2.5 s, each answered',
      [
        [5, 5],
        [5, 5],
        [6, 5],
        [6, 6],
        [6, 6],
        [6, 6],
        [7, 7],
      ],
    ],
    [
      'while an anchor sends nothing: more checks, all answered',
      [
        [5, 5],
        [9, 8],
        [29, 28],
        [49, 48],
        [69, 68],
      ],
    ],
    ['before there is a connection', [undefined, undefined, undefined]],
    [
      'that is a new one: it counts from 0',
      [
        [50, 50],
        [0, 0],
        [3, 2],
        [6, 6],
      ],
    ],
  ])('is alive %s', async (_, checks) => {
    expect(await watched(checks)).toEqual([]);
  });

  test('is alive again on another connection', async () => {
    const found = await watched([
      [5, 5],
      [25, 5],
      [45, 5],
      [65, 5],
      [1, 0],
      [2, 1],
    ]);
    expect(found).toEqual(['2 s: path silent', '5 s: path alive']);
  });
});
