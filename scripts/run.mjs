// npm run demo | dev | test | recover | bench | bench:media | drill | setup: brings the machine what is missing, builds, and runs
// the command.
// Plain Node, no dependencies: it is the first thing that runs on a machine with nothing installed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup/setup.mjs';
import { foreground } from './setup/run-command.mjs';
import { runTests } from './tests.mjs';

// Not import.meta.dirname: a Node too old for it must get as far as being told so.
const root = fileURLToPath(new URL('..', import.meta.url));
const [command = '', ...args] = process.argv.slice(2);

/** @param {string} file @returns {(env: NodeJS.ProcessEnv) => Promise<number>} */
const node = (file) => (env) => foreground(process.execPath, [path.join(root, file), ...args], env);

/** @type {Record<string, (env: NodeJS.ProcessEnv) => Promise<number>>} */
const commands = {
  setup: () => Promise.resolve(0),
  demo: node('packages/stack/dist/demo/main.js'),
  dev: node('packages/stack/dist/dev/main.js'),
  recover: node('apps/worker/dist/recover/main.js'),
  bench: node('packages/stack/dist/bench/main.js'),
  'bench:media': node('packages/bench/dist/main.js'),
  drill: node('packages/stack/dist/drill/main.js'),
  test: (env) => runTests(root, args, env),
};

const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
if (run === undefined) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]`);
  process.exit(2);
}
process.chdir(root);
const env = await setUp(root, process.env);
if (env === null) process.exit(1);
// `npm run check`, with which the tests begin, builds too.
const built = command === 'test' ? 0 : await foreground('npm', ['run', '--silent', 'build'], env);
process.exit(built === 0 ? await run(env) : built);
