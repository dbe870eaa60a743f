import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const room = path.join(import.meta.dirname, '..', '..');

async function newest(directory: string): Promise<number> {
  const files = await readdir(directory).catch((): string[] => []);
  const times = await Promise.all(files.map(async (file) => (await stat(path.join(directory, file))).mtimeMs));
  return Math.max(0, ...times);
}

/** Tests run on sources; the page's scripts are bundled when they are older than theirs. */
export async function ensurePageIsBuilt(): Promise<void> {
  const built = await newest(path.join(room, 'dist-page'));
  const sources = Math.max(await newest(path.join(room, 'page')), await newest(path.join(room, 'src')));
  if (built >= sources) return;
  await promisify(execFile)(process.execPath, [path.join(room, '..', '..', 'scripts', 'build-pages.mjs')]);
}
