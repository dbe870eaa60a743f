import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ESLint } from 'eslint';

const root = path.join(import.meta.dirname, '..', '..');
const RULE = 'no-restricted-properties';
// The rule as configured for the file, alone: the others need the whole program's types.
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => ruleId === RULE,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
});

const refused = async (filePath: string, code: string): Promise<boolean> => {
  const [result] = await eslint.lintText(code, { filePath: path.join(root, filePath) });
  const messages = result?.messages ?? [];
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.some(({ ruleId, severity }) => ruleId === RULE && severity === 2);
};

describe('the process belongs to main.ts', () => {
  test.each([
    ['process.env["X"];', true],
    ['process.on("SIGTERM", () => undefined);', true],
    ['process.once("SIGTERM", () => undefined);', true],
    ['process.exit(1);', true],
    ['process.pid;', false],
  ])('%s', async (code, expected) => {
    expect(await refused('apps/worker/src/app.ts', code)).toBe(expected);
    expect(await refused('packages/queue/src/worker/run.ts', code)).toBe(expected);
    expect(await refused('apps/worker/src/main.ts', code)).toBe(false);
  });
});
