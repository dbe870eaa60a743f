import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { AppError } from '@trtc-recorder/runtime';

/** The bundled pages; the same distance from the sources as from the built files. */
const PAGES = path.join(import.meta.dirname, '../../../dist-page');
const require = createRequire(import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What is served, by path: the pages, the script that redirects the SDK, and the SDK itself as npm has it. */
const FILES: Readonly<Record<string, () => string>> = {
  '/': () => path.join(PAGES, 'index.html'),
  '/index.html': () => path.join(PAGES, 'index.html'),
  '/index.js': () => path.join(PAGES, 'index.entry.js'),
  '/anchor.html': () => path.join(PAGES, 'anchor.html'),
  '/anchor.js': () => path.join(PAGES, 'anchor.entry.js'),
  '/audience.html': () => path.join(PAGES, 'audience.html'),
  '/audience.js': () => path.join(PAGES, 'audience.entry.js'),
  '/tap.js': () => path.join(PAGES, 'tap.entry.js'),
  '/tap-worker.js': () => path.join(PAGES, 'tap-worker.entry.js'),
  '/style.css': () => path.join(PAGES, 'style.css'),
  '/redirect.js': () => path.join(PAGES, 'redirect.entry.js'),
  '/sdk/trtc.js': () => require.resolve('trtc-sdk-v5/trtc.js'),
};

/** Fails when the pages were not built: a sandbox without its redirect script is of no use. */
export async function checkPages(): Promise<void> {
  const file = path.join(PAGES, 'redirect.entry.js');
  await stat(file).catch((cause: unknown) => {
    throw new AppError('SandboxFailed', `the sandbox's pages are not built (no ${file}): run "npm run build"`, {
      cause,
    });
  });
}

/** Any page may load these: the recorder's lives on another port. */
export function serveFiles(app: FastifyInstance): void {
  for (const [url, file] of Object.entries(FILES)) app.get(url, (_request, reply) => send(reply, file()));
}

async function send(reply: FastifyReply, file: string): Promise<FastifyReply> {
  const { size } = await stat(file);
  return reply
    .header('cache-control', 'no-store')
    .header('access-control-allow-origin', '*')
    .header('content-length', size)
    .type(TYPES[path.extname(file)] ?? 'application/octet-stream')
    .send(createReadStream(file));
}
