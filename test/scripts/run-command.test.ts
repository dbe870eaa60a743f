import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';

const module = path.join(import.meta.dirname, '..', '..', 'scripts', 'setup', 'run-command.mjs');

/** A process that runs `script` in the foreground, as run.mjs does, and exits with its code. */
const running = (script: string) => {
  const main = `import { foreground } from ${JSON.stringify(module)};
    process.exit(await foreground(process.execPath, ['-e', ${JSON.stringify(script)}]));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', main], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => (await lines.next()).value as string | undefined,
    code: once(child, 'exit').then(([code]) => code as number | null),
  };
};

test('the exit code is passed through', async () => {
  expect(await running('process.exit(7)').code).toBe(7);
});

test('a command that does not exist is told and is no success', async () => {
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { foreground } from ${JSON.stringify(module)}; process.exit(await foreground('/nowhere/at-all', []));`,
  ]);
  expect(await once(child, 'exit')).toEqual([127, null]);
});

test('a signal that comes twice at once, as npm and the terminal send it, reaches the command once', async () => {
  const { child, line, code } = running(`
    let count = 0;
    process.on('SIGINT', () => { count += 1; console.log('heard'); setTimeout(() => { console.log(count); process.exit(0); }, 600); });
    setInterval(() => {}, 1000); console.log('ready');`);
  expect(await line()).toBe('ready');
  child.kill('SIGINT');
  expect(await line()).toBe('heard');
  child.kill('SIGINT');
  expect(await line()).toBe('1');
  expect(await code).toBe(0);
});

test('what the command leaves running in its group ends with it', async () => {
  const { line, code } = running(`
    const left = require('node:child_process').spawn('sleep', ['60'], { stdio: ['ignore', 'inherit', 'ignore'] });
    left.unref(); console.log('left');`);
  expect(await line()).toBe('left');
  expect(await code).toBe(0);
  // Its standard output is the same pipe: it ends when the last process that holds it is gone.
  expect(await line()).toBeUndefined();
});
