// node packages/media/bench/run.mjs spool [arguments]: bundles a bench of this folder and runs it.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const [name = 'spool', ...args] = process.argv.slice(2);
const dir = await mkdtemp(join(tmpdir(), 'bench-'));
const outfile = join(dir, 'bench.mjs');
await build({
  entryPoints: [join(import.meta.dirname, `${name}.bench.ts`)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['source'],
  // What CommonJS packages in the bundle take for granted.
  banner: {
    js: `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const __dirname = import.meta.dirname;`,
  },
  logLevel: 'error',
});
const child = spawn(process.execPath, [outfile, ...args], { stdio: 'inherit' });
process.exitCode = await new Promise((resolve) => child.on('exit', resolve));
await rm(dir, { recursive: true, force: true });
