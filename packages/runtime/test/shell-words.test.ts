import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { AppError } from '../src/app-error.ts';
import { loadConfig, words } from '../src/config.ts';
import { shellWords } from '../src/shell-words.ts';

/** The words as /bin/sh splits them. */
const byShell = (text: string): string[] =>
  execFileSync('/bin/sh', ['-c', `set -f; for word in ${text}; do printf '%s\\0' "$word"; done`])
    .toString()
    .split('\0')
    .slice(0, -1);

describe('words are split as a shell splits them', () => {
  test.each([
    ['--a --b=1', ['--a', '--b=1']],
    [' \t --a \n --b ', ['--a', '--b']],
    ['"--host-resolver-rules=MAP a b" --c', ['--host-resolver-rules=MAP a b', '--c']],
    [
      "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'",
      ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    ],
    ['--a="x y"\'z w\'v', ['--a=x yz wv']],
    ['--a=x\\ y', ['--a=x y']],
    ['--a="say \\"hi\\" \\\\ \\n"', ['--a=say "hi" \\ \\n']],
    ["--a='\\'", ['--a=\\']],
    ['"" \'\'', ['', '']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(shellWords(text)).toEqual(expected);
    if (!text.includes('\n')) expect(byShell(text)).toEqual(expected);
  });
});

test.each([
  ['--a="x', 'is wrong: the quote " at character 5 is never closed'],
  ["--a 'x y", "is wrong: the quote ' at character 5 is never closed"],
  ['--a="x\\"', 'is wrong: the quote " at character 5 is never closed'],
  ['--a\\', 'is wrong: it ends with a backslash'],
])('the variable of %j is refused with its name and place', (ARGS, message) => {
  const load = () => loadConfig(z.object({ ARGS: words() }), { ARGS });
  expect(load).toThrow(AppError);
  expect(load).toThrow(message);
});
