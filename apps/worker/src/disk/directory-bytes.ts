import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Bytes of the files in a directory, without those in further ones. */
export async function directoryBytes(dir: string): Promise<number> {
  const names = await readdir(dir).catch(() => []);
  let sum = 0;
  for (const name of names)
    sum += await stat(path.join(dir, name)).then(
      (stats) => (stats.isFile() ? stats.size : 0),
      () => 0,
    );
  return sum;
}
