import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles a TypeScript file into one that plain Node runs: a child process has no test transform. */
export const bundle = async (file: URL, outfile: string): Promise<string> => {
  await build({
    entryPoints: [fileURLToPath(file)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['source'],
    packages: 'bundle',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
};
