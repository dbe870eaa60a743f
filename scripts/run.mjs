// npm run demo | dev | test | bench | setup: brings the machine what is missing, builds, and runs the command.
// Plain Node, no dependencies: it is the first thing that runs on a machine with nothing installed.
import path from 'node:path';
import { setUp } from './setup/setup.mjs';
import { foreground } from './setup/run-command.mjs';
import { runTests } from './test.mjs';

const root = path.join(import.meta.dirname, '..');
const [command = '', ...args] = process.argv.slice(2);

const node = (file) => (env) => foreground(process.execPath, [path.join(root, file), ...args], env);
const commands = {
  setup: async () => 0,
  demo: node('packages/stack/dist/demo/main.js'),
  dev: node('packages/stack/dist/dev/main.js'),
  bench: node('packages/stack/dist/bench/main.js'),
  test: (env) => runTests(root, args, env),
};

if (!Object.hasOwn(commands, command)) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]`);
  process.exit(2);
}
process.chdir(root);
const env = await setUp(root, process.env);
if (env === null) process.exit(1);
// Only the tests check the build themselves, as part of `npm run check`.
const built = command === 'test' ? 0 : await foreground('npm', ['run', '--silent', 'build'], env);
process.exit(built === 0 ? await commands[command](env) : built);
