import { build } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

const CACHE = path.resolve(import.meta.dirname, '../../../../node_modules/.cache');

/** A script of ours from its sources, for another process to run; installed packages are left where they are. */
export async function bundled(entry: string): Promise<{ script: string; remove(): Promise<void> }> {
  await mkdir(CACHE, { recursive: true });
  const dir = await mkdtemp(path.join(CACHE, 'bundled-'));
  const script = path.join(dir, 'script.mjs');
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    logLevel: 'silent',
    plugins: [
      {
        name: 'installed-packages',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
            kind === 'entry-point' || name.startsWith('@trtc-recorder/') ? undefined : { path: name, external: true },
          ),
      },
    ],
  });
  return { script, remove: () => rm(dir, { recursive: true }) };
}
