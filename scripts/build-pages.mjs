// Bundles the browser sides: packages/<name>/page/*.ts -> packages/<name>/dist-page/*.js, and copies what is static.
import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
for (const name of ['room', 'sandbox']) {
  const page = path.join(root, 'packages', name, 'page');
  const out = path.join(root, 'packages', name, 'dist-page');
  await mkdir(out, { recursive: true });
  const files = (await readdir(page)).filter((file) => !file.startsWith('tsconfig') && !file.endsWith('.d.ts'));
  // Only files named *.entry.ts become scripts of their own; the others are their modules.
  const entries = files.filter((file) => file.endsWith('.entry.ts')).map((file) => path.join(page, file));
  if (entries.length > 0)
    await build({
      entryPoints: entries,
      outdir: out,
      entryNames: '[name]',
      bundle: true,
      format: 'iife',
      target: 'chrome120',
      sourcemap: 'inline',
      conditions: ['source'],
      logLevel: 'warning',
    });
  for (const file of files.filter((file) => /\.(html|css|svg)$/.test(file)))
    await cp(path.join(page, file), path.join(out, file));
}
