// npm run check: builds (which checks the types), then format, lint and directions of imports side by side.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs an npm script; its output is shown when it has ended, so that those running side by side don't mix.
 * @param {string} script
 * @returns {Promise<boolean>}
 */
const passes = (script) =>
  new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.once('error', (error) => chunks.push(Buffer.from(`npm: ${error.message}\n`)));
    child.once('close', (code) => {
      console.log(`${code === 0 ? '\u2713' : '\u2717'} ${script}`);
      if (code !== 0) process.stdout.write(Buffer.concat(chunks));
      resolve(code === 0);
    });
  });

if (!(await passes('build'))) process.exit(1);
const results = await Promise.all(['check:format', 'check:lint', 'check:imports'].map(passes));
process.exit(results.every(Boolean) ? 0 : 1);
