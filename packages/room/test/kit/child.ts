import path from 'node:path';
import { build } from 'esbuild';

const room = path.join(import.meta.dirname, '..', '..');

/** Bundles child-process.ts for plain Node, which cannot read TypeScript; beside dist-page, as the sources are. */
export async function bundledChild(): Promise<string> {
  const outfile = path.join(room, 'dist', 'test-child.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'child-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    external: ['pino', 'ws', 'zod', 'trtc-sdk-v5'],
    logLevel: 'error',
  });
  return outfile;
}
